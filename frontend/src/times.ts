/**
 * Instants in the reader's own time zone, named. Where a page tells its times in the zone of its
 * place (`data-zone`), they stay in it, and the reader's is told beside the pointer.
 */
import { afterChanges } from "./changes";

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});
const stamp = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});
const DAY_MS = 86_400_000;

/** The page's own present (`data-now`) counts: a replay has a clock of its own. */
function told(at: Date, { when, now }: DOMStringMap): string {
  const recent = now !== undefined && Date.parse(now) - at.getTime() < DAY_MS / 2;
  return (when === "clock" || recent ? clock : stamp).format(at);
}

function localise(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-when]")) {
    const at = new Date(element.dateTime);
    element.title = stamp.format(at);
    if (element.dataset["zone"]) continue;
    const text = told(at, element.dataset);
    if (element.textContent !== text) element.textContent = text;
  }
}

export function startTimes(): void {
  localise();
  const main = document.querySelector("main");
  if (main) afterChanges(main, localise);
}
