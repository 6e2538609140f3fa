/** Instants in the reader's own time zone; the server writes them in UTC. */
import { afterChanges } from "./changes";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const stamp = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

function localise(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-when]")) {
    const at = new Date(element.dateTime);
    const text = (element.dataset["when"] === "clock" ? clock : stamp).format(at);
    if (element.textContent !== text) element.textContent = text;
    element.title = stamp.format(at);
  }
}

export function startTimes(): void {
  localise();
  const main = document.querySelector("main");
  if (main) afterChanges(main, localise);
}
