/** Lapwing's own mark, which the pages also draw inline. */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

export function mark(): Plugin {
  return {
    name: "lapwing-mark",
    generateBundle() {
      this.emitFile({
        type: "asset",
        name: "mark.svg",
        originalFileName: "mark.svg",
        source: readFileSync("mark.svg", "utf8").trim(),
      });
    },
  };
}
