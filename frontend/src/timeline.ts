/**
 * Timelines that go on by themselves, keep the place when one comes back, and tell of new posts
 * without moving what one reads.
 */
import { tellAges } from "./ages";

const ASKED_EVERY_MS = 5_000;
const ASKED_IDLE_MS = 30_000;
const IDLE_AFTER_MS = 120_000;
const AHEAD = "1200px";
const SETTLING_FRAMES = 12;

interface Place {
  first: string;
  last: string;
  anchor: string;
  offset: number;
}

interface Fetched {
  items: Element[];
  older: Element | null;
}

async function fetchPart(address: string): Promise<Fetched> {
  const answer = await fetch(address, { headers: { "lapwing-part": "timeline" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  tellAges(template.content);
  return {
    items: [...template.content.querySelectorAll("ol > li")],
    older: template.content.querySelector("[data-older]"),
  };
}

function entries(list: Element): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(":scope > li > article[data-entry]")];
}

function known(list: Element): Set<string> {
  return new Set(entries(list).map((post) => post.dataset["entry"] ?? ""));
}

function fresh(items: Element[], list: Element): Element[] {
  const present = known(list);
  return items.filter((item) => {
    const entry = item.querySelector<HTMLElement>("article[data-entry]")?.dataset["entry"];
    return entry === undefined || !present.has(entry);
  });
}

function withQuery(address: string, more: Record<string, string>): string {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  return url.pathname + url.search;
}

/** Older posts come while one scrolls; the link stays for those who stop at the end. */
function startOlder(list: Element): void {
  let older = document.querySelector<HTMLElement>("[data-older]");
  if (!older) return;
  let busy = false;
  const load = async (): Promise<void> => {
    const link = older?.querySelector("a");
    if (!link || busy) return;
    busy = true;
    try {
      const part = await fetchPart(link.href);
      list.append(...fresh(part.items, list));
      watcher.disconnect();
      if (part.older instanceof HTMLElement) {
        older?.replaceWith(part.older);
        older = part.older;
        watcher.observe(older);
      } else {
        older?.remove();
        older = null;
      }
    } catch {
      watcher.disconnect(); // The link is still there to be pressed.
    } finally {
      busy = false;
    }
  };
  const watcher = new IntersectionObserver(
    (seen) => {
      if (seen.some((one) => one.isIntersecting)) void load();
    },
    { rootMargin: AHEAD },
  );
  watcher.observe(older);
}

/** Where one was is kept with the entry in the browser's history: ids alone, no words. */
function keepPlace(list: Element): void {
  const save = (): void => {
    const posts = entries(list);
    const anchor = posts.find((post) => post.getBoundingClientRect().bottom > 0);
    const place: Place = {
      first: posts[0]?.dataset["entry"] ?? "",
      last: posts.at(-1)?.dataset["entry"] ?? "",
      anchor: anchor?.dataset["entry"] ?? "",
      offset: anchor?.getBoundingClientRect().top ?? 0,
    };
    history.replaceState({ ...(history.state as object | null), place }, "");
  };
  addEventListener("pagehide", save);
}

async function returnToPlace(list: Element): Promise<void> {
  const [navigation] = performance.getEntriesByType("navigation");
  const came = navigation instanceof PerformanceNavigationTiming ? navigation.type : "";
  const place = (history.state as { place?: Place } | null)?.place;
  if (!place?.anchor || !place.last || (came !== "back_forward" && came !== "reload")) return;
  history.scrollRestoration = "manual";
  if (!known(list).has(place.anchor)) {
    const bound = String(BigInt(place.first || place.anchor) + 1n);
    const address = withQuery(location.href, { max_id: bound, through: place.last });
    const part = await fetchPart(address);
    list.replaceChildren(...part.items);
    const older = document.querySelector("[data-older]");
    const last = entries(list).at(-1)?.dataset["entry"];
    const link = older?.querySelector("a");
    if (link && last) link.href = withQuery(location.href, { max_id: last });
  }
  scrollToAnchor(place, SETTLING_FRAMES);
}

/** Posts get their height when they are first seen: the place is found again until all is still. */
function scrollToAnchor(place: Place, frames: number): void {
  const anchor = document.getElementById(`p${place.anchor}`);
  if (!anchor || frames === 0) return;
  scrollBy({ top: anchor.getBoundingClientRect().top - place.offset, behavior: "instant" });
  requestAnimationFrame(() => scrollToAnchor(place, frames - 1));
}

/**
 * A bar that says how many posts are new; they come when one presses it. Asked for often while
 * somebody reads, seldom while nobody does, never while the page is hidden.
 */
function startNews(list: HTMLElement, address: string): void {
  let newest = list.dataset["newest"] ?? "0";
  const bar = document.createElement("div");
  bar.className = "news-bar";
  bar.hidden = true;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("data-show-news", "");
  bar.append(button);
  bar.setAttribute("aria-live", "polite");
  list.before(bar);

  const ask = async (): Promise<void> => {
    if (document.hidden || !navigator.onLine) return;
    try {
      const answer = await fetch(withQuery(address, { since: newest }));
      if (!answer.ok) return;
      const { count, more } = (await answer.json()) as { count: number; more: boolean };
      bar.hidden = count === 0;
      const shown = more ? `${count}+` : String(count);
      const text = count === 1 ? "1 new post" : `${shown} new posts`;
      if (button.textContent !== text) button.textContent = text;
    } catch {
      // Asked again soon.
    }
  };

  const show = async (): Promise<void> => {
    if (list.tagName !== "OL") {
      location.reload();
      return;
    }
    const limit = 40;
    const part = await fetchPart(withQuery(location.pathname, { since_id: newest }));
    const items = fresh(part.items, list);
    if (part.items.length >= limit) {
      location.assign(location.pathname); // Too many to put before what is here.
      return;
    }
    list.prepend(...items);
    const first = entries(list)[0];
    newest = list.dataset["newest"] = first?.dataset["entry"] ?? newest;
    bar.hidden = true;
    first?.focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: "auto" });
  };
  button.addEventListener("click", () => void show().catch(() => location.reload()));
  let activeAt = Date.now();
  for (const kind of ["scroll", "pointerdown", "keydown"]) {
    addEventListener(kind, () => (activeAt = Date.now()), { passive: true });
  }
  const askAgain = (): void => {
    const isIdle = Date.now() - activeAt > IDLE_AFTER_MS;
    setTimeout(() => void ask().then(askAgain), isIdle ? ASKED_IDLE_MS : ASKED_EVERY_MS);
  };
  askAgain();
  document.addEventListener("visibilitychange", () => void ask());
  document.addEventListener("lapwing:ask-news", () => void ask().then(() => {
    if (!bar.hidden) button.click();
  }));
}

/**
 * How far one has read is told when one leaves the site, so that "Catch up" begins there; going to
 * another of its pages is not leaving.
 */
function startReading(list: HTMLElement): void {
  let stays = false;
  const within = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    stays = event.type === "submit" || link?.origin === location.origin;
  };
  document.addEventListener("click", within);
  document.addEventListener("submit", within);
  document.addEventListener("visibilitychange", () => {
    const newest = list.dataset["newest"] ?? "0";
    if (!document.hidden || stays || newest === "0") return;
    navigator.sendBeacon("/home/read", new URLSearchParams({ newest }));
  });
}

/** The point of a picture that its author wants to be seen. */
function showFocus(): void {
  for (const image of document.querySelectorAll<HTMLImageElement>("img[data-focus]")) {
    const [x = 0, y = 0] = (image.dataset["focus"] ?? "").split(" ").map(Number);
    if (x || y) image.style.objectPosition = `${(x + 1) * 50}% ${(1 - y) * 50}%`;
  }
}

export function startTimelines(): void {
  showFocus();
  const list = document.querySelector<HTMLElement>("[data-timeline]");
  if (!list) return;
  if (list.classList.contains("timeline-posts")) {
    void returnToPlace(list)
      .catch(() => undefined)
      .then(() => {
        startOlder(list);
        keepPlace(list);
      });
  }
  const news = list.dataset["news"];
  if (news === "/home/news") startReading(list);
  const atTop = !new URLSearchParams(location.search).has("max_id");
  if (news && atTop) startNews(list, news);
}
