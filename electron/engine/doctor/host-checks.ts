/** What Unideck itself runs on, and where its window can appear. */

import type { Check } from "../../../shared/contract/doctor.ts";
import { findProgram } from "../lib/find-program.ts";
import { installCommand } from "../lib/install-command.ts";

type Finding = Omit<Check, "id" | "title">;

/** `node:sqlite`, which the engine's lock needs, and the running of TypeScript begin here. */
const OLDEST_NODE = [22, 12] as const;
/** In the order in which the application looks for them. */
const browsers = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
  "microsoft-edge-stable",
];
const browsersOfMacOs = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

export async function checkRuntime(versions: NodeJS.ProcessVersions = process.versions): Promise<Finding> {
  const found = versions.electron ? `Electron ${versions.electron}, Node ${versions.node}` : `Node ${versions.node}`;
  const [major = 0, minor = 0] = versions.node.split(".").map(Number);
  const isNewEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isNewEnough) return { state: "ok", found };
  return {
    state: "warning",
    found,
    hint: `Unideck needs Node ${OLDEST_NODE.join(".")} or newer.`,
    command: installCommand("node"),
  };
}

export async function checkWindow(versions: NodeJS.ProcessVersions = process.versions): Promise<Finding> {
  if (versions.electron) return { state: "ok", found: "this window is Electron's own" };
  for (const browser of [...browsers, ...browsersOfMacOs]) {
    const path = await findProgram(browser);
    if (path) return { state: "ok", found: path };
  }
  return {
    state: "warning",
    found: "no Electron and no browser found",
    hint: "The command line works without one. For the window, install a browser, or open the link that “unideck serve” prints.",
    command: installCommand("chromium"),
  };
}
