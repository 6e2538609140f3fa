/** One sprite with the pictures that the catalogue of services asks for, from simple-icons. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import type { Plugin } from "vite";

const CATALOGUE = "../src/lapwing/data/services.toml";
const MOST_CHARACTERS = 6000;

/** The values of every `icon = "..."`, wherever in the catalogue they stand. */
function iconsIn(value: unknown, found: Set<string>): Set<string> {
  if (Array.isArray(value)) {
    for (const item of value) iconsIn(item, found);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === "icon" && typeof item === "string") found.add(item);
      else iconsIn(item, found);
    }
  }
  return found;
}

export function icons(): Plugin {
  return {
    name: "lapwing-icons",
    generateBundle() {
      const folder = dirname(
        createRequire(import.meta.url).resolve("simple-icons/icons/simpleicons.svg"),
      );
      const catalogue = existsSync(CATALOGUE) ? readFileSync(CATALOGUE, "utf8") : "";
      const symbols: string[] = [];
      for (const slug of [...iconsIn(parse(catalogue), new Set())].sort()) {
        let picture: string;
        try {
          picture = readFileSync(join(folder, `${slug}.svg`), "utf8");
        } catch {
          this.warn(`simple-icons has no "${slug}"; its service shows initials`);
          continue;
        }
        const path = /<path[^>]*\/>/.exec(picture)?.[0];
        if (path && path.length > MOST_CHARACTERS) {
          this.warn(`the picture "${slug}" is too detailed for a badge; its service shows initials`);
          continue;
        }
        if (path) symbols.push(`<symbol id="${slug}" viewBox="0 0 24 24">${path}</symbol>`);
      }
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`,
      });
    },
  };
}
