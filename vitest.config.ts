import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // As in what is built (electron.vite.config.ts).
  resolve: { alias: [{ find: /^zod$/, replacement: resolve(import.meta.dirname, "shared/lazy-zod.ts") }] },
  test: {
    include: ["{bench,shared,electron,scripts}/**/*.test.ts", "renderer/**/*.test.{ts,tsx}"],
    exclude: ["node_modules", "out"],
    testTimeout: 60_000,
    // As in playwright.config.ts.
    retry: process.env.CI ? 1 : 0,
  },
});
