import { resolve } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

const source = (path: string) => resolve(import.meta.dirname, path);

export default defineConfig({
  main: {
    build: {
      outDir: "out/main",
      // Everything but Electron itself is bundled: the command line starts in a tenth of a second only so.
      externalizeDeps: false,
      rollupOptions: {
        input: {
          main: source("electron/main.ts"),
          cli: source("electron/cli.ts"),
          switch: source("electron/switch.ts"),
          keeper: source("electron/keeper.ts"),
        },
      },
    },
  },
  preload: {
    build: {
      outDir: "out/preload",
      externalizeDeps: false,
      // A sandboxed preload can't be an ES module.
      rollupOptions: {
        input: { preload: source("electron/preload.ts") },
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: source("renderer"),
    build: { outDir: source("out/renderer"), rollupOptions: { input: { index: source("renderer/index.html") } } },
    plugins: [react(), tailwindcss()],
  },
});
