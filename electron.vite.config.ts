import { resolve } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";
import type { Plugin } from "vite";

const source = (path: string) => resolve(import.meta.dirname, path);

/** The package is one of ES modules; what is built for the main process is not. */
function asCommonJs(): Plugin {
  return {
    name: "unideck-commonjs",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
    },
  };
}

export default defineConfig({
  main: {
    plugins: [asCommonJs()],
    // Schemas are built when they are used, which in a command few are.
    resolve: { alias: [{ find: /^zod$/, replacement: source("shared/lazy-zod.ts") }] },
    build: {
      outDir: "out/main",
      // Everything but Electron itself is bundled: the command line starts in a tenth of a second only so.
      externalizeDeps: false,
      // The oldest Electron that opens the window has this Node (scripts/setup/test-electron.mjs): `await using` is lowered.
      target: "node20.18",
      rollupOptions: {
        input: {
          main: source("electron/main.ts"),
          cli: source("electron/cli.ts"),
          switch: source("electron/switch.ts"),
          keeper: source("electron/keeper.ts"),
          "engine-host": source("electron/engine-host.ts"),
        },
        // CommonJS: Node links a graph of ES modules, and copies each of its own modules that they import, for as long as it
        // takes to run a whole command otherwise.
        output: { format: "cjs", entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" },
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
