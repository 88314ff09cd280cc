// What this machine has: asked of its files and programs, nothing is changed.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "./browsers.mjs";
import { suitableNode } from "./node.mjs";
import { which } from "./run.mjs";

const APT_LISTS = "/var/lib/apt/lists";
/** Lists that are older name packages that servers may have replaced. */
const LISTS_STAY_FRESH_MS = 24 * 3600 * 1000;

/** @returns {import("./requirements.mjs").Machine} */
export function thisMachine() {
  const { platform, arch } = process;
  return {
    platform,
    arch,
    has: (command) => which(command) !== undefined,
    hasLibrary,
    gccFinds,
    pythonFinds,
    hasRust: rustCompiler() !== undefined,
    hasBrowser: findBrowser() !== undefined,
    hasFonts: hasFonts(),
    hasNode: suitableNode() !== undefined || (platform === "linux" && ["x64", "arm64"].includes(arch)),
    chromiumIsSnap: isUbuntu(),
  };
}

/** @returns {import("./installation.mjs").Means} */
export function meansOfInstallation() {
  return {
    manager: which("apt-get") ? "apt" : which("brew") ? "brew" : undefined,
    isRoot: process.getuid?.() === 0,
    hasSudo: which("sudo") !== undefined,
    isTerminal: process.stdin.isTTY === true,
    hasFreshLists: hasFreshLists(APT_LISTS),
  };
}

/** Whether apt has lists of packages, and has looked for newer ones within a day. @param {string} folder */
export function hasFreshLists(folder) {
  if (!existsSync(folder) || !readdirSync(folder).some((name) => /_Packages(\.\w+)?$/.test(name))) return false;
  // Files carry the server's times; that apt has looked shows in its folders.
  const looked = [folder, join(folder, "partial")].filter((path) => existsSync(path));
  return Math.max(...looked.map((path) => statSync(path).mtimeMs)) > Date.now() - LISTS_STAY_FRESH_MS;
}

/** Asked of the loader's cache, which an account without root may not have in its path. @param {string} library */
function hasLibrary(library) {
  const ldconfig = which("ldconfig") ?? "/sbin/ldconfig";
  const { stdout } = spawnSync(ldconfig, ["-p"], { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
  return (stdout ?? "").includes(`\t${library} `);
}

/** Static libraries stand in gcc's own folders and in the multiarch one. @param {string} library */
function gccFinds(library) {
  const { stdout } = spawnSync("gcc", [`-print-file-name=${library}`], { encoding: "utf8" });
  return (stdout ?? "").trim().startsWith("/");
}

/** The distribution's rather than one that stands before it in the path: that one has all modules. */
export function systemPython() {
  return existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}

/** @param {readonly string[]} modules */
function pythonFinds(modules) {
  return spawnSync(systemPython(), ["-I", "-c", `import ${modules.join(", ")}`], { stdio: "ignore" }).status === 0;
}

/** A rustc that compiles: one of rustup's in the path is only a proxy, and fails where no toolchain was chosen. */
export function rustCompiler() {
  const works = (/** @type {string} */ path) =>
    spawnSync(path, ["--print", "sysroot"], { stdio: "ignore" }).status === 0;
  return ["rustc", "/usr/bin/rustc"].find(works);
}

function hasFonts() {
  const folders = ["/usr/share/fonts/truetype", "/usr/share/fonts/opentype", "/usr/share/fonts/TTF"];
  return folders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}

export function isUbuntu() {
  return existsSync("/etc/os-release") && /^ID=["']?ubuntu\b/m.test(readFileSync("/etc/os-release", "utf8"));
}
