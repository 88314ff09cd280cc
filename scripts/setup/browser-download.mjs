// The last way to a browser: the Chromium that Playwright downloads.

import { join } from "node:path";
import { findBrowser } from "./browsers.mjs";
import { isUbuntu, meansOfInstallation } from "./machine.mjs";
import { root } from "./places.mjs";
import { isAgreed, run, say } from "./run.mjs";

const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/**
 * The browser that is there, else Playwright's, downloaded when the person at the terminal agrees.
 * @param {string} node
 * @param {{ yes: boolean }} options `yes`: without asking
 * @returns {Promise<string | undefined>} its path, or undefined where none can be had
 */
export async function fetchBrowser(node, { yes }) {
  const present = findBrowser();
  if (present) return present;
  say("No browser was found: Chromium, Google Chrome or Microsoft Edge.");
  if (isUbuntu())
    say("(On Ubuntu the package chromium is only a stub for a snap; this is the snap: snap install chromium)");
  const { manager, isRoot, hasSudo } = meansOfInstallation();
  // The libraries that it needs come from apt; Playwright knows which, and calls sudo itself.
  const libraries = manager === "apt" && (isRoot || hasSudo) ? ["--with-deps"] : [];
  const command = [join(root, "node_modules/@playwright/test/cli.js"), "install", ...libraries, "chromium"];
  say(`Playwright's own can be downloaded (about 200 MB): npx playwright ${command.slice(1).join(" ")}`);
  if (!yes && process.stdin.isTTY && !(await isAgreed())) return undefined;
  run(node, command, { timeoutMs: DOWNLOAD_LIMIT_MS });
  return findBrowser();
}
