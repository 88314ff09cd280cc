// Which Node runs Unideck's tools: the system's where it is new enough, else the one that npm or Homebrew brought.
// Plain JavaScript: this runs on Node 20, before anything is installed.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";

/** With less than this, setup itself does not run. */
export const SETUP_NODE = "20";
/**
 * The oldest Node for everything else. Most of the tools say 22.12; but the engine's lock stands on node:sqlite, which
 * needs no flag from 22.13 on (and, in the short life of 23, from 23.4 on).
 */
export const OLDEST_NODE = "22.13";
const oldestMinors = new Map([
  [22, 13],
  [23, 4],
]);

/** @param {string} version as in `process.versions.node` */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const oldestMinor = oldestMinors.get(major);
  return oldestMinor === undefined ? major > Math.max(...oldestMinors.keys()) : minor >= oldestMinor;
}

/** Path of a Node that is new enough; undefined where there is none yet. */
export function suitableNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const others = {
    linux: [join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node")],
    darwin: ["/opt/homebrew/bin/node", "/usr/local/bin/node"],
  };
  const candidates = process.platform === "linux" || process.platform === "darwin" ? others[process.platform] : [];
  return candidates.find((path) => existsSync(path) && isNewEnough(versionOf(path)));
}

/** @param {string} node */
function versionOf(node) {
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return (stdout ?? "").trim().replace(/^v/, "");
}

/** Flags with which that Node runs TypeScript files as they are. @param {string} node */
export function typeScriptFlags(node) {
  const flag = "--experimental-strip-types";
  return node !== process.execPath || process.allowedNodeEnvironmentFlags.has(flag)
    ? [flag, "--no-warnings=ExperimentalWarning"]
    : [];
}
