/**
 * Inter as TrueType files for the link-preview images, which must not depend on what fonts a
 * server has. The npm package holds WOFF: the same tables, each compressed by zlib.
 * Format: https://www.w3.org/TR/WOFF/
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";
import type { Plugin } from "vite";

const SCRIPTS = ["latin", "latin-ext", "cyrillic", "greek"];
const WEIGHTS = [400, 700];

/** TrueType bytes of a WOFF 1 file. */
export function trueType(woff: Buffer): Buffer<ArrayBuffer> {
  if (woff.toString("latin1", 0, 4) !== "wOFF") throw new Error("not a WOFF 1 file");
  const tables = woff.readUInt16BE(12);
  const header = Buffer.alloc(12 + 16 * tables);
  header.writeUInt32BE(woff.readUInt32BE(4), 0);
  header.writeUInt16BE(tables, 4);
  const power = Math.floor(Math.log2(tables));
  header.writeUInt16BE(2 ** power * 16, 6);
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE(tables * 16 - 2 ** power * 16, 10);
  const pieces: Uint8Array[] = [header];
  let offset = header.length;
  for (let index = 0; index < tables; index += 1) {
    const entry = 44 + 20 * index;
    const start = woff.readUInt32BE(entry + 4);
    const packed = woff.subarray(start, start + woff.readUInt32BE(entry + 8));
    const length = woff.readUInt32BE(entry + 12);
    const table = packed.length < length ? inflateSync(packed) : packed;
    woff.copy(header, 12 + 16 * index, entry, entry + 4);
    header.writeUInt32BE(woff.readUInt32BE(entry + 16), 12 + 16 * index + 4);
    header.writeUInt32BE(offset, 12 + 16 * index + 8);
    header.writeUInt32BE(length, 12 + 16 * index + 12);
    pieces.push(table, Buffer.alloc(-length & 3));
    offset += length + (-length & 3);
  }
  return Buffer.concat(pieces);
}

export function fonts(): Plugin {
  return {
    name: "lapwing-fonts",
    generateBundle() {
      const require = createRequire(import.meta.url);
      for (const script of SCRIPTS) {
        for (const weight of WEIGHTS) {
          const name = `inter-${script}-${weight}`;
          const file = require.resolve(`@fontsource/inter/files/${name}-normal.woff`);
          this.emitFile({
            type: "asset",
            name: `${name}.ttf`,
            originalFileName: `${name}.ttf`,
            source: trueType(readFileSync(file)),
          });
        }
      }
    },
  };
}
