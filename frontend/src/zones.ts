/** Times of a part of the page that has a zone of its own, as the server writes them; else the
 * reader's. */
export interface Clock {
  /** `10:37` */
  bare(minute: number): string;
  /** `10:37 IST` */
  named(minute: number): string;
  /** `Thu 10:37 IST` */
  dayNamed(minute: number): string;
}

/** Minutes are counted since 1970 UTC; the element has `data-zone` and `data-zone-name`. */
export function clockOf(element: HTMLElement): Clock {
  const { zone, zoneName } = element.dataset;
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (zone) Object.assign(options, { timeZone: zone, hourCycle: "h23" });
  const language = zone ? "en-GB" : undefined;
  const time = new Intl.DateTimeFormat(language, options);
  const dayAndTime = new Intl.DateTimeFormat(language, { ...options, weekday: "short" });
  const suffix = zoneName ? ` ${zoneName}` : "";
  const written = (format: Intl.DateTimeFormat, minute: number): string =>
    format.format(new Date(minute * 60_000));
  return {
    bare: (minute) => written(time, minute),
    named: (minute) => written(time, minute) + suffix,
    dayNamed: (minute) => written(dayAndTime, minute).replace(",", "") + suffix,
  };
}
