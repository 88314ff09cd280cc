import { defineConfig } from "@playwright/test";
import { findBrowser } from "./scripts/setup/browsers.mjs";

/** The tests' browser talks to loopback alone. */
const browserArguments = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export default defineConfig({
  testDir: "e2e",
  outputDir: process.env.UNIDECK_TEST_RESULTS ?? "test-results",
  fullyParallel: false,
  // Emulated guests want a core each, and the browser wants one too.
  workers: 1,
  // Guests on a busy host may take long.
  timeout: 150_000,
  expect: { timeout: 15_000 },
  // One more try on machines that nobody watches; scripts/suites.mjs names each test that needed it.
  retries: process.env.CI ? 1 : 0,
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.UNIDECK_TEST_BROWSER || findBrowser(), args: browserArguments },
  },
  // One host a run: under root the desktop's needs another account (scripts/suites.mjs).
  projects: [
    process.env.UNIDECK_TEST_HOST === "electron"
      ? { name: "electron", testMatch: /(window|desktop)\/.*\.spec\.ts/, grepInvert: /@web/ }
      : { name: "web", testIgnore: /desktop\/.*\.spec\.ts/ },
  ],
});
