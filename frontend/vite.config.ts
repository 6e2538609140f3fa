import { defineConfig } from "vite";
import { fonts } from "./build/fonts.ts";
import { icons } from "./build/icons.ts";
import { mark } from "./build/mark.ts";
import { world } from "./build/world.ts";

export default defineConfig({
  base: "/static/",
  publicDir: false,
  plugins: [world(), icons(), fonts(), mark()],
  build: {
    outDir: "../src/lapwing/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: [
        "src/main.ts",
        "src/account.ts",
        "src/square.ts",
        "src/service-worker.ts",
        "src/theme.ts",
      ],
    },
  },
});
