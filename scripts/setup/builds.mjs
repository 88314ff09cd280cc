// Builds what changed: the kernel and the samples by make, the application by electron-vite.

import { existsSync, readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { root } from "./places.mjs";
import { fail, run, say } from "./run.mjs";

const applicationSources = [
  "electron",
  "renderer",
  "shared",
  "package.json",
  "package-lock.json",
  "electron.vite.config.ts",
];
const applicationOutputs = [
  "out/main/cli.js",
  "out/main/main.js",
  "out/preload/preload.cjs",
  "out/renderer/index.html",
];

export function buildKernel() {
  // The whole kernel takes a while; what has changed since is made in a moment.
  if (!existsSync(join(root, "kernel/build/release/kernel.img"))) say("Building the kernel …");
  for (const folder of ["kernel", "resources/samples"])
    if (!run("make", ["-s", "-C", folder, `-j${cpus().length}`], { quiet: true })) fail(`“make -C ${folder}” failed.`);
}

/** @param {string} node path of a Node that is new enough */
export function buildApplication(node) {
  const built = applicationOutputs.map((path) => join(root, path));
  const oldest = built.every((path) => existsSync(path)) ? Math.min(...built.map((path) => statSync(path).mtimeMs)) : 0;
  if (applicationSources.every((path) => newestIn(join(root, path)) < oldest)) return;
  say("Building the application …");
  const vite = join(root, "node_modules", "electron-vite", "bin", "electron-vite.js");
  if (!run(node, [vite, "build", "--logLevel", "warn"], { quiet: true })) fail("The application could not be built.");
}

/**
 * When the newest file below `path` was changed, in milliseconds since 1970. Tests don't count.
 * @param {string} path
 * @returns {number}
 */
function newestIn(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return path.includes(".test.") ? 0 : stat.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => (name === "fixtures" ? newest : Math.max(newest, newestIn(join(path, name)))),
    0,
  );
}
