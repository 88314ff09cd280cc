// The Electron binary: downloaded once, within a minute; a failure is remembered for a day.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recall, remember, root } from "./places.mjs";
import { run, say } from "./run.mjs";

const DOWNLOAD_LIMIT_MS = 60_000;
const RETRY_AFTER_MS = 24 * 3600 * 1000;

/** Path of the binary if it is on this machine. */
export function electronBinary() {
  const folder = join(root, "node_modules", "electron");
  const pointer = join(folder, "path.txt");
  if (!existsSync(pointer)) return undefined;
  const path = join(folder, "dist", readFileSync(pointer, "utf8").trim());
  return existsSync(path) ? path : undefined;
}

/**
 * Downloads it where it is missing.
 * @param {{ again: boolean }} options `again`: also try when it failed within the last day
 * @returns {string | undefined} its path, or undefined where it can't be had
 */
export function fetchElectron({ again }) {
  const present = electronBinary();
  if (present) return present;
  const failedAt = Number(recall("electron-failed") ?? 0);
  if (!again && Date.now() - failedAt < RETRY_AFTER_MS) return undefined;
  say("Downloading Electron (at most 60 s) …");
  const installer = join(root, "node_modules", "electron", "install.js");
  if (run(process.execPath, [installer], { timeoutMs: DOWNLOAD_LIMIT_MS }) && electronBinary()) return electronBinary();
  remember("electron-failed", String(Date.now()));
  say("Electron can't be downloaded here; the next attempt is made tomorrow, or with: npm start -- --host electron");
  return undefined;
}
