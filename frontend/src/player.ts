/** The incident's time slider: shows each frame's circles on the server-drawn map. */
import { clockOf, type Clock } from "./zones";

interface Incident {
  readonly summary: { readonly duration_min: number };
  readonly dots: readonly { readonly expected: number }[];
  readonly frames: readonly Frame[];
  readonly frame_min: number;
}

interface Frame {
  readonly minute: number;
  readonly reports: number;
  readonly dots: readonly (readonly [number, number])[];
}

const FRAME_MS = 320;
/** As on the server: src/lapwing/web/pages/maps.py. */
const LARGEST_PER_WIDTH = 0.024;
const CHANCE = 4;
const HEAT_STEPS = [2, 4, 8, 16];
const numbers = new Intl.NumberFormat("en");

function heat(reports: number, expected: number): number {
  const usual = Math.max(expected, 1);
  if (reports - expected < CHANCE * Math.sqrt(usual)) return 0;
  return HEAT_STEPS.filter((step) => reports / usual >= step).length;
}

class Player {
  private readonly most: number;
  private readonly share: number;


  constructor(
    private readonly incident: Incident,
    private readonly clock: Clock,
  ) {
    const counts = incident.frames.flatMap((frame) => frame.dots.map(([, reports]) => reports));
    this.most = Math.max(10, ...counts);
    this.share = incident.frame_min / Math.max(incident.frame_min, incident.summary.duration_min);
  }

  /** Draws a frame and returns what it shows, in words. */
  show(index: number): string {
    const frame = this.incident.frames[index];
    const layer = document.querySelector<SVGElement>("#map-dots");
    if (!frame || !layer) return "";
    const reports = new Map(frame.dots);
    const largest = Number(layer.dataset["width"]) * LARGEST_PER_WIDTH;
    for (const dot of layer.querySelectorAll<SVGCircleElement>("[data-dot]")) {
      const number = Number(dot.dataset["dot"]);
      const count = reports.get(number) ?? 0;
      const expected = (this.incident.dots[number]?.expected ?? 0) * this.share;
      dot.setAttribute("r", (largest * Math.sqrt(count / this.most)).toFixed(2));
      dot.setAttribute("class", `dot heat-${heat(count, expected)}`);
    }
    const from = this.clock.bare(frame.minute);
    const to = this.clock.named(frame.minute + this.incident.frame_min);
    return `${from} to ${to}: ${numbers.format(frame.reports)} reports`;
  }
}

export function startPlayer(element: HTMLElement): void {
  const button = element.querySelector<HTMLButtonElement>("[data-play]");
  const slider = element.querySelector<HTMLInputElement>("[data-frame]");
  const text = element.querySelector<HTMLOutputElement>("[data-frame-text]");
  const address = element.dataset["player"];
  if (!button || !slider || !text || !address) return;
  let timer: ReturnType<typeof setInterval> | undefined;

  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = "Play";
  };

  const start = (incident: Incident): void => {
    if (incident.frames.length === 0) return;
    const player = new Player(incident, clockOf(element));
    const show = (): void => {
      const words = player.show(slider.valueAsNumber);
      text.textContent = words;
      slider.setAttribute("aria-valuetext", words);
    };
    slider.max = String(incident.frames.length - 1);
    slider.value = slider.max;
    element.hidden = false;
    slider.addEventListener("input", () => {
      stop();
      show();
    });
    button.addEventListener("click", () => {
      if (timer !== undefined) return stop();
      if (slider.value === slider.max) slider.value = "0";
      button.textContent = "Stop";
      show();
      timer = setInterval(() => {
        slider.value = String(slider.valueAsNumber + 1);
        show();
        if (slider.value === slider.max) stop();
      }, FRAME_MS);
    });
  };

  void fetch(address, { headers: { accept: "application/json" } })
    .then(async (answer) => {
      if (answer.ok) start((await answer.json()) as Incident);
    })
    .catch(() => {
      // Without the frames the map of the whole incident stays.
    });
}
