/** The home page: which services stand under "Fine now". */
import { afterChanges } from "./changes";

interface BoardState {
  readonly down: readonly string[];
}

function showFineServices(source: HTMLElement): void {
  let state: BoardState;
  try {
    state = JSON.parse(source.textContent ?? "") as BoardState;
  } catch {
    return;
  }
  const down = new Set(state.down);
  for (const item of document.querySelectorAll<HTMLElement>("[data-fine] > [data-slug]")) {
    item.hidden = down.has(item.dataset["slug"] ?? "");
  }
}

export function startBoard(): void {
  const source = document.getElementById("board-state");
  if (source) afterChanges(source, () => showFineServices(source));
}
