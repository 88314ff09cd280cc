// Which browser shows the application: Chromium, Google Chrome, Edge, and last the one that Playwright downloaded.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { which } from "./run.mjs";

const commands = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
  "microsoft-edge-stable",
];
const macApplications = [
  "Chromium.app/Contents/MacOS/Chromium",
  "Google Chrome.app/Contents/MacOS/Google Chrome",
  "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/** Path of the browser to use, or undefined. */
export function findBrowser() {
  if (process.platform === "darwin") {
    const folders = ["/Applications", join(homedir(), "Applications")];
    const paths = macApplications.flatMap((name) => folders.map((folder) => join(folder, name)));
    return paths.find((path) => existsSync(path)) ?? playwrightBrowser();
  }
  for (const command of commands) {
    const path = which(command);
    if (path && !isSnapStub(path)) return path;
  }
  return playwrightBrowser();
}

/**
 * Ubuntu's chromium package is a small script that only tells to install the snap.
 * @param {string} path
 */
export function isSnapStub(path) {
  if (statSync(path).size > 64 * 1024) return false;
  return readFileSync(path, "latin1").includes("snap install chromium") && !existsSync("/snap/bin/chromium");
}

/** Whether a browser is confined by snap: it may not use hidden folders of the home. @param {string} path */
export function isSnap(path) {
  return existsSync("/snap/bin/chromium") && /\/(snap\/bin\/)?chromium(-browser)?$/.test(path);
}

function playwrightBrowser() {
  const caches = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    join(homedir(), ".cache/ms-playwright"),
    join(homedir(), "Library/Caches/ms-playwright"),
  ];
  const inside = [
    "chrome-linux64/chrome",
    "chrome-linux/chrome",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  ];
  for (const cache of caches) {
    if (!cache || !existsSync(cache)) continue;
    const versions = readdirSync(cache).filter((name) => /^chromium-\d+$/.test(name));
    const newestFirst = versions.sort((a, b) => Number(b.replace(/\D/g, "")) - Number(a.replace(/\D/g, "")));
    for (const version of newestFirst)
      for (const path of inside) if (existsSync(join(cache, version, path))) return join(cache, version, path);
  }
  return undefined;
}
