/** How long ago a post was written, kept true while the page is open. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function told(span: number, at: Date): string {
  if (span < MINUTE_MS) return "now";
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)} min`;
  if (span < DAY_MS) return `${Math.floor(span / HOUR_MS)} h`;
  if (span < 7 * DAY_MS) return `${Math.floor(span / DAY_MS)} d`;
  return (at.getFullYear() === new Date().getFullYear() ? day : dayAndYear).format(at);
}

export function tellAges(within: ParentNode = document): void {
  for (const element of within.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const at = new Date(element.dateTime);
    const text = told(Date.now() - at.getTime(), at);
    if (element.textContent !== text) element.textContent = text;
    element.title = stamp.format(at);
  }
}

export function startAges(): void {
  tellAges();
  setInterval(() => {
    if (!document.hidden) tellAges();
  }, MINUTE_MS);
}
