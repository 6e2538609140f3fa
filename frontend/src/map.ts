/**
 * Pan and zoom of the server-drawn map. While fingers move, the picture is only transformed;
 * when they rest, the view box is set and the shapes are drawn sharp again.
 */
const WIDTH = 2000;
const HEIGHT = 870;
const CLOSEST = WIDTH / 40;
/** Map units; closer than this the finer coastline is loaded. */
const FINE_BELOW = 900;
const REST_MS = 140;

interface View {
  x: number;
  y: number;
  width: number;
}

/** Kept on the map; `aspect` is the picture's height over its width. */
function bounded({ x, y, width }: View, aspect: number): View {
  const wide = Math.min(WIDTH, Math.max(CLOSEST, width));
  const spare = HEIGHT - wide * aspect;
  return {
    x: Math.min(WIDTH - wide, Math.max(0, x)),
    y: spare < 0 ? spare / 2 : Math.min(spare, Math.max(0, y)),
    width: wide,
  };
}

class PannedMap {
  private readonly svg: SVGSVGElement;
  private readonly serverWidth: number;
  private view: View;
  private drawn: View;
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly element: HTMLElement) {
    this.svg = element.querySelector<SVGSVGElement>(".map-svg")!;
    const box = this.svg.viewBox.baseVal;
    this.serverWidth = box.width;
    // The server's view fills the picture; on a narrow screen its sides are cut off.
    const width = Math.min(box.width, box.height / this.aspect);
    const height = width * this.aspect;
    this.view = { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width };
    this.drawn = this.view;
    addEventListener("load", () => this.refine());
  }

  private get aspect(): number {
    return this.svg.clientHeight / this.svg.clientWidth;
  }

  /** Moves the picture by pixels of the screen. */
  move(dx: number, dy: number): void {
    const unit = this.view.width / this.svg.clientWidth;
    this.show({ ...this.view, x: this.view.x - dx * unit, y: this.view.y - dy * unit });
  }

  /** Makes things `factor` times as large around a point, given in pixels from the upper left. */
  zoom(factor: number, left: number, top: number): void {
    const unit = this.view.width / this.svg.clientWidth;
    const width = Math.min(WIDTH, Math.max(CLOSEST, this.view.width / factor));
    const after = width / this.svg.clientWidth;
    this.show({
      x: this.view.x + left * (unit - after),
      y: this.view.y + top * (unit - after),
      width,
    });
  }

  zoomMiddle(factor: number): void {
    this.zoom(factor, this.svg.clientWidth / 2, this.svg.clientHeight / 2);
  }

  world(): void {
    this.show({ x: 0, y: 0, width: WIDTH });
  }

  private show(view: View): void {
    this.view = bounded(view, this.aspect);
    const scale = this.drawn.width / this.view.width;
    const pixels = this.svg.clientWidth / this.view.width;
    const dx = (this.drawn.x - this.view.x) * pixels;
    const dy = (this.drawn.y - this.view.y) * pixels;
    this.svg.style.transformOrigin = "0 0";
    this.svg.style.transform = `translate(${dx}px, ${dy}px) scale(${scale})`;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.draw(), REST_MS);
  }

  private draw(): void {
    const { x, y, width } = this.view;
    this.drawn = this.view;
    this.svg.style.transform = "";
    this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${width * this.aspect}`);
    // Circles keep most of their size on the screen, so that they part when one zooms in.
    this.element.style.setProperty("--dot-scale", String((width / this.serverWidth) ** 0.8));
    this.refine();
  }

  /** The finer coastline, once one is close enough to see it; the page never waits for it. */
  private refine(): void {
    const fine = document.body.dataset["coast"];
    if (!fine || this.view.width >= FINE_BELOW) return;
    for (const use of this.svg.querySelectorAll("use")) {
      const [file, part] = use.getAttribute("href")?.split("#") ?? [];
      if (file !== fine) use.setAttribute("href", `${fine}#${part}`);
    }
  }
}

function followFingers(element: HTMLElement, map: PannedMap): void {
  const fingers = new Map<number, { x: number; y: number }>();
  const svg = element.querySelector<SVGSVGElement>(".map-svg")!;

  const spread = (): { gap: number; x: number; y: number } => {
    const [one, other] = [...fingers.values()];
    if (!one || !other) return { gap: 1, x: 0, y: 0 };
    return {
      gap: Math.hypot(one.x - other.x, one.y - other.y),
      x: (one.x + other.x) / 2,
      y: (one.y + other.y) / 2,
    };
  };

  element.addEventListener("pointerdown", (event) => {
    if ((event.target as Element).closest("button")) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  element.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
    element.classList.add("map-dragging");
    const before = spread();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 1) {
      map.move(event.clientX - last.x, event.clientY - last.y);
    } else if (fingers.size === 2) {
      const after = spread();
      const frame = element.getBoundingClientRect();
      map.zoom(after.gap / Math.max(1, before.gap), after.x - frame.left, after.y - frame.top);
      map.move(after.x - before.x, after.y - before.y);
    }
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    element.addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      element.classList.remove("map-dragging");
    });
  }
  // A wheel over the map scrolls the page until the map was chosen, or with Ctrl.
  element.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const frame = svg.parentElement!.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018));
      map.zoom(factor, event.clientX - frame.left, event.clientY - frame.top);
    },
    { passive: false },
  );
}

function followKeys(element: HTMLElement, map: PannedMap): void {
  const steps: Record<string, () => void> = {
    ArrowLeft: () => map.move(60, 0),
    ArrowRight: () => map.move(-60, 0),
    ArrowUp: () => map.move(0, 60),
    ArrowDown: () => map.move(0, -60),
    "+": () => map.zoomMiddle(1.5),
    "=": () => map.zoomMiddle(1.5),
    "-": () => map.zoomMiddle(1 / 1.5),
    "0": () => map.world(),
  };
  element.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step();
  });
}

/** A touch has no hovering: what a circle means is printed under the map when it is tapped. */
function explainDots(element: HTMLElement): void {
  const line = document.createElement("p");
  line.className = "map-tip";
  line.setAttribute("role", "status");
  element.after(line);
  element.addEventListener("click", (event) => {
    const dot = (event.target as Element).closest(".dot");
    line.textContent = dot?.querySelector("title")?.textContent ?? "";
  });
}

export function startMap(element: HTMLElement): void {
  const map = new PannedMap(element);
  element.classList.add("map-live");
  element.tabIndex = 0;
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Map. Arrow keys move it, plus and minus zoom, 0 shows the world.");
  const buttons = element.querySelector<HTMLElement>("[data-map-buttons]");
  if (buttons) buttons.hidden = false;
  buttons?.addEventListener("click", (event) => {
    const wanted = (event.target as Element).closest<HTMLElement>("[data-zoom]")?.dataset["zoom"];
    if (wanted === "in") map.zoomMiddle(1.7);
    else if (wanted === "out") map.zoomMiddle(1 / 1.7);
    else if (wanted === "world") map.world();
  });
  followFingers(element, map);
  followKeys(element, map);
  explainDots(element);
}
