import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{bench,shared,electron,scripts}/**/*.test.ts", "renderer/**/*.test.{ts,tsx}"],
    exclude: ["node_modules", "out"],
    testTimeout: 60_000,
  },
});
