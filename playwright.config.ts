import { defineConfig } from "@playwright/test";
import { findBrowser } from "./scripts/setup/browsers.mjs";
import { electronBinary } from "./scripts/setup/electron-binary.mjs";

/** The tests' browser talks to loopback alone. */
const browserArguments = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  fullyParallel: false,
  // Emulated guests want a core each, and the browser wants one too.
  workers: 1,
  // Guests on a busy host may take long.
  timeout: 150_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.UNIDECK_TEST_BROWSER || findBrowser(), args: browserArguments },
  },
  projects: [
    { name: "web", metadata: { host: "web" } },
    ...(electronBinary()
      ? [{ name: "electron", metadata: { host: "electron" }, testMatch: /window\/.*\.spec\.ts/ }]
      : []),
  ],
});
