// The npm packages of package-lock.json, installed once for each version of that file.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recall, remember, root } from "./places.mjs";
import { fail, run, say } from "./run.mjs";

export function installNpmPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const wanted = `${lock} ${process.platform} ${process.arch}`;
  if (recall("npm") === wanted && existsSync(join(root, "node_modules", "typescript"))) return;
  say("Installing npm packages …");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // Electron's own download is an attempt of its own, bounded and remembered (electron-binary.mjs).
  if (!run("npm", args, { env: { ELECTRON_SKIP_BINARY_DOWNLOAD: "1", PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1" } }))
    fail("npm could not install the packages.", "Is the npm registry reachable? Then run this again.");
  remember("npm", wanted);
}
