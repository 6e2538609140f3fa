/** Keys for those who read with the keyboard. `?` shows them. */
function posts(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("article.post")];
}

function current(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("article.post") ?? null;
}

function move(step: 1 | -1): void {
  const all = posts();
  const here = current();
  let next: HTMLElement | undefined;
  if (here) next = all[all.indexOf(here) + step];
  else if (step === 1) next = all.find((post) => post.getBoundingClientRect().top >= 0) ?? all[0];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function press(key: string): void {
  current()?.querySelector<HTMLElement>(`.acts [data-key="${key}"]`)?.click();
}

function write(): void {
  const text = document.querySelector<HTMLTextAreaElement>("#composer-text");
  if (text) text.focus();
  else location.assign("/compose");
}

function help(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#keys");
  if (!dialog) return;
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

const KEYS: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  n: write,
  r: () => press("r"),
  l: () => press("l"),
  b: () => press("b"),
  m: () => press("m"),
  ".": () => document.dispatchEvent(new Event("lapwing:ask-news")),
  "/": () => document.querySelector<HTMLInputElement>('input[type="search"]:not([hidden])')?.focus(),
  "?": help,
  Enter: () => {
    const here = document.activeElement;
    const path = here instanceof HTMLElement && here.matches("article.post") && here.dataset["path"];
    if (path) location.assign(path);
  },
};

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) return;
    const act = KEYS[event.key];
    if (!act) return;
    if (event.key === "Enter" && !(event.target as HTMLElement).matches("article.post")) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    event.preventDefault();
    act();
  });
}
