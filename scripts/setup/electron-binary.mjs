// The Electron binary: downloaded once, within a minute; a failure is remembered for a day.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recall, remember, root } from "./places.mjs";
import { say } from "./run.mjs";

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
 * @param {string} node path of a Node that is new enough
 * @param {{ again: boolean, limitMs?: number }} options `again`: also try when it failed within the last day
 * @returns {string | undefined} its path, or undefined where it can't be had
 */
export function fetchElectron(node, { again, limitMs = DOWNLOAD_LIMIT_MS }) {
  const present = electronBinary();
  if (present) return present;
  const failedAt = Number(recall("electron-failed") ?? 0);
  if (!again && Date.now() - failedAt < RETRY_AFTER_MS) return undefined;
  say(`Downloading Electron (at most ${Math.ceil(limitMs / 1000)} s) …`);
  const installer = join(root, "node_modules", "electron", "install.js");
  const { error, stderr } = spawnSync(node, [installer], {
    stdio: ["ignore", 2, "pipe"],
    encoding: "utf8",
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const path = electronBinary();
  if (path) return path;
  remember("electron-failed", String(Date.now()));
  const reason = error ? error.message : stderr.trim().split("\n", 1)[0];
  say(`Electron can't be downloaded here: ${reason || "its installer gives no reason"}`);
  say("The next attempt is made tomorrow, or with: npm start -- --host electron");
  return undefined;
}
