/** The interactive chart; takes the place of the server's drawing once it stands. */
import uPlot from "uplot";
import { afterChanges } from "./changes";
import { THEME_CHANGED } from "./theme-switch";
import { clockOf, type Clock } from "./zones";

type Point = readonly [minute: number, reports: number, expected: number, upper: number];

interface ChartData {
  readonly step: number;
  readonly points: readonly Point[];
  readonly shadings: readonly (readonly [start: number, end: number | null])[];
}

interface ServedView {
  readonly series: { readonly step_min: number; readonly points: readonly Point[] };
  readonly shadings: readonly { start_minute: number; end_minute: number | null }[];
}

const HEIGHT = 230;
const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A colour of the style sheet as the canvas understands it, in the theme that is shown. */
function colour(name: string, alpha = 1): string {
  const probe = document.createElement("span");
  probe.style.color = `color-mix(in srgb, var(${name}) ${alpha * 100}%, transparent)`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function parsed(element: Element | null): ChartData | null {
  try {
    return JSON.parse(element?.textContent ?? "") as ChartData;
  } catch {
    return null;
  }
}

function columns(data: ChartData): uPlot.AlignedData {
  const middle = data.step / 2;
  return [
    data.points.map(([minute]) => (minute + middle) * 60),
    data.points.map(([, , , upper]) => upper),
    data.points.map(([, , expected]) => expected),
    data.points.map(([, reports]) => reports),
  ];
}

/** Newer points after, and in place of, those known; null if there is a gap between them. */
function joined(known: ChartData, newer: ChartData, keepSpan: boolean): ChartData | null {
  const first = newer.points[0]?.[0];
  const last = known.points[known.points.length - 1]?.[0];
  if (first === undefined || last === undefined) return { ...newer };
  if (first > last + known.step || newer.step !== known.step) return null;
  const older = known.points.filter(([minute]) => minute < first);
  const points = [...older, ...newer.points];
  return { ...newer, points: keepSpan ? points.slice(-known.points.length) : points };
}

/** For uPlot's axis: a date whose local hours are those of the zone. */
function dateIn(zone: string | undefined, seconds: number): Date {
  const at = new Date(seconds * 1000);
  return zone ? uPlot.tzDate(at, zone) : at;
}

class LiveChart {
  private data: ChartData;
  private plot: uPlot | undefined;
  private readonly host: HTMLElement;
  private readonly tip: HTMLElement;
  private readonly zone: string | undefined;
  private readonly clock: Clock;

  constructor(
    private readonly element: HTMLElement,
    data: ChartData,
  ) {
    this.data = data;
    this.zone = element.dataset["zone"];
    this.clock = clockOf(element);
    this.host = element.querySelector<HTMLElement>(".chart-live")!;
    this.tip = document.createElement("p");
    this.tip.className = "chart-tip";
    this.draw();
    element.classList.add("chart-drawn");
    this.host.setAttribute("role", "img");
    this.host.setAttribute(
      "aria-label",
      element.querySelector(".chart-still")?.getAttribute("aria-label") ?? "",
    );
    new ResizeObserver(() => this.fit()).observe(element);
    document.addEventListener(THEME_CHANGED, () => this.draw());
  }

  async take(newer: ChartData): Promise<void> {
    const all = joined(this.data, newer, this.element.dataset["relative"] === "yes");
    this.data = all ?? (await this.fetched()) ?? newer;
    this.plot?.setData(columns(this.data));
  }

  private async fetched(): Promise<ChartData | null> {
    const answer = await fetch(this.element.dataset["chart"] ?? "", {
      headers: { accept: "application/json" },
    });
    if (!answer.ok) return null;
    const { series, shadings } = (await answer.json()) as ServedView;
    return {
      step: series.step_min,
      points: series.points,
      shadings: shadings.map(({ start_minute, end_minute }) => [start_minute, end_minute]),
    };
  }

  private fit(): void {
    const width = this.element.clientWidth;
    if (this.plot && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
  }

  private draw(): void {
    this.plot?.destroy();
    this.host.replaceChildren();
    this.plot = new uPlot(this.options(), columns(this.data), this.host);
    this.host.append(this.tip);
  }

  private options(): uPlot.Options {
    const [ink, soft, line] = [colour("--ink"), colour("--ink-soft"), colour("--line")];
    const font = "12px system-ui, sans-serif";
    const axis: uPlot.Axis = {
      stroke: soft,
      font,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
    };
    const hour = "{HH}:{mm}";
    return {
      width: this.element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      tzDate: (seconds) => dateIn(this.zone, seconds),
      cursor: { points: { size: 7 }, drag: { x: true, y: false } },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.06)] } },
      axes: [
        {
          ...axis,
          space: 64,
          values: [
            [86400, "{D} {MMM}", null, null, null, null, null, null, 1],
            [3600, hour, "\n{D} {MMM}", null, null, null, null, null, 1],
            [60, hour, "\n{D} {MMM}", null, null, null, null, null, 1],
          ],
        },
        { ...axis, size: 46, values: (_plot, values) => values.map((value) => numbers.format(value)) },
      ],
      series: [
        {},
        { fill: colour("--link", 0.18), width: 0, points: { show: false } },
        { stroke: colour("--link"), dash: [3, 4], width: 1, points: { show: false } },
        { stroke: ink, fill: colour("--ink", 0.08), width: 2, points: { show: false } },
      ],
      hooks: {
        drawClear: [(plot) => this.shade(plot)],
        setCursor: [(plot) => this.explain(plot)],
      },
    };
  }

  private shade(plot: uPlot): void {
    const { left, top, width, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.fillStyle = colour("--down", 0.13);
    for (const [start, end] of this.data.shadings) {
      const at = (minute: number): number =>
        Math.min(left + width, Math.max(left, plot.valToPos(minute * 60, "x", true)));
      const x = at(start);
      const until = end === null ? left + width : at(end);
      if (until > x) plot.ctx.fillRect(x, top, until - x, height);
    }
    plot.ctx.restore();
  }

  private explain(plot: uPlot): void {
    const point = plot.cursor.idx == null ? undefined : this.data.points[plot.cursor.idx];
    if (!point) {
      this.tip.textContent = "";
      return;
    }
    const [minute, reports, expected, upper] = point;
    this.tip.textContent =
      `${this.clock.dayNamed(minute)}: ${numbers.format(reports)} reports; ` +
      `usual ${numbers.format(expected)}, normal up to ${numbers.format(upper)}`;
  }
}

export function startChart(element: HTMLElement): void {
  const data = parsed(element.querySelector("[data-chart-all]"));
  if (!data || data.points.length < 2) return;
  const chart = new LiveChart(element, data);
  const news = document.getElementById("chart-new");
  if (!news) return;
  afterChanges(news, () => {
    const newer = parsed(news);
    if (newer) void chart.take(newer);
  });
}
