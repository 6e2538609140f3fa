/**
 * The world as two SVG paths, land and borders, at two levels of detail.
 *
 * The projection is repeated in src/lapwing/web/pages/projection.py, which places the circles;
 * a unit test compares both. Natural Earth shapes by way of the npm package world-atlas.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoNaturalEarth1, geoPath, type GeoContext, type GeoPermissibleObjects } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { Plugin } from "vite";

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

const WIDTH = 2000;
const HEIGHT = 870;
const projection = geoNaturalEarth1()
  .rotate([-11, 0])
  .scale(365)
  .translate([1000, 506])
  .precision(0.3)
  .clipExtent([
    [-20, -20],
    [WIDTH + 20, HEIGHT],
  ]);

/** Collects a path as whole steps from point to point, which compresses far better. */
class RelativePath implements GeoContext {
  private parts: string[] = [];
  private ring: [number, number][] = [];
  private at: [number, number] = [0, 0];
  private readonly scale: number;

  constructor(scale: number) {
    this.scale = scale;
  }

  beginPath(): void {}
  arc(): void {}

  moveTo(x: number, y: number): void {
    this.flush(false);
    this.ring = [this.rounded(x, y)];
  }

  lineTo(x: number, y: number): void {
    const point = this.rounded(x, y);
    const last = this.ring[this.ring.length - 1];
    if (!last || last[0] !== point[0] || last[1] !== point[1]) this.ring.push(point);
  }

  closePath(): void {
    this.flush(true);
  }

  toString(): string {
    this.flush(false);
    return this.parts.join("");
  }

  private rounded(x: number, y: number): [number, number] {
    return [Math.round(x * this.scale), Math.round(y * this.scale)];
  }

  private flush(closed: boolean): void {
    const ring = this.ring;
    this.ring = [];
    if (ring.length < (closed ? 3 : 2)) return;
    let steps = "";
    ring.forEach(([x, y], index) => {
      const dx = x - this.at[0];
      const dy = y - this.at[1];
      steps += `${index === 0 ? "m" : index === 1 ? "l" : dx < 0 ? "" : " "}${dx}${dy < 0 ? "" : " "}${dy}`;
      this.at = [x, y];
    });
    this.parts.push(steps);
    if (closed) {
      this.parts.push("z");
      this.at = ring[0] ?? this.at;
    }
  }
}

function drawn(shape: GeoPermissibleObjects, scale: number): string {
  const path = new RelativePath(scale);
  geoPath(projection, path)(shape);
  return path.toString();
}

function svg(resolution: "110m" | "50m", scale: number): string {
  const file = createRequire(import.meta.url).resolve(`world-atlas/countries-${resolution}.json`);
  const atlas = JSON.parse(readFileSync(file, "utf8")) as World;
  const land = drawn(feature(atlas, atlas.objects.land), scale);
  const borders = drawn(
    mesh(atlas, atlas.objects.countries as never, (one, other) => one !== other),
    scale,
  );
  const shrink = scale === 1 ? "" : ` transform="scale(${1 / scale})"`;
  const thin = 'fill="none" stroke="currentColor" vector-effect="non-scaling-stroke"';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"><defs>` +
    `<path id="land" fill="currentColor"${shrink} d="${land}"/>` +
    `<path id="borders" ${thin}${shrink} d="${borders}"/></defs></svg>`
  );
}

export function world(): Plugin {
  return {
    name: "lapwing-world",
    generateBundle() {
      const files = [
        ["world.svg", svg("110m", 1)],
        ["world-fine.svg", svg("50m", 2)],
      ] as const;
      for (const [name, source] of files) {
        this.emitFile({ type: "asset", name, originalFileName: name, source });
      }
    },
  };
}
