// Which Node runs Unideck's tools: the system's where it is new enough, else the one that npm brought.
// Plain JavaScript: this runs on Node 20, before anything is installed.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";

const NEEDED = [22, 12];

/** @param {string} version as in `process.versions.node` */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [neededMajor = 0, neededMinor = 0] = NEEDED;
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

/** Path of a Node that is new enough; undefined where there is none yet. */
export function suitableNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const fromNpm = join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node");
  if (process.platform === "linux" && existsSync(fromNpm)) return fromNpm;
  const fromBrew = ["/opt/homebrew/bin/node", "/usr/local/bin/node"];
  return process.platform === "darwin"
    ? fromBrew.find((path) => existsSync(path) && path !== process.execPath)
    : undefined;
}

/** Flags with which that Node runs TypeScript files as they are. @param {string} node */
export function typeScriptFlags(node) {
  const flag = "--experimental-strip-types";
  return node !== process.execPath || process.allowedNodeEnvironmentFlags.has(flag)
    ? [flag, "--no-warnings=ExperimentalWarning"]
    : [];
}
