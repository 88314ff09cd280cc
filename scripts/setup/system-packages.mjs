// Programs that come from the system's package manager: found missing, explained, asked for, installed.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { findBrowser } from "./browsers.mjs";
import { fail, run, say, which } from "./run.mjs";

/**
 * @typedef {"start" | "test"} Purpose
 * @typedef {object} Requirement
 * @property {string} what for people
 * @property {string} why
 * @property {readonly Purpose[]} for
 * @property {() => boolean} isThere
 * @property {readonly string[]} apt
 * @property {readonly string[]} brew
 */

const isLinuxOnX64 = process.platform === "linux" && process.arch === "x64";

/** Whether a compiler for x86-64 kernels is there: the order is that of kernel/Makefile. */
function hasKernelCompiler() {
  if (which("x86_64-linux-gnu-gcc") && which("x86_64-linux-gnu-ld")) return true;
  if (isLinuxOnX64 && which("gcc") && which("ld") && which("objcopy")) return true;
  return hasLlvm();
}

function hasLlvm() {
  const brewed = ["/opt/homebrew/opt", "/usr/local/opt"];
  const inBrew = (/** @type {string} */ formula, /** @type {string} */ tool) =>
    brewed.some((prefix) => existsSync(`${prefix}/${formula}/bin/${tool}`));
  const isThere = (/** @type {string} */ formula, /** @type {string} */ tool) =>
    Boolean(which(tool)) || inBrew(formula, tool);
  return isThere("llvm", "clang") && isThere("lld", "ld.lld") && isThere("llvm", "llvm-objcopy");
}

/** Static libraries stand in gcc's own folders and in the multiarch one. @param {string} library */
function gccFinds(library) {
  const { stdout } = spawnSync("gcc", [`-print-file-name=${library}`], { encoding: "utf8" });
  return (stdout ?? "").trim().startsWith("/");
}

/** @type {readonly Requirement[]} */
const requirements = [
  {
    what: "QEMU for x86-64",
    why: "runs the virtual machines",
    for: ["start", "test"],
    isThere: () => Boolean(which("qemu-system-x86_64")),
    apt: ["qemu-system-x86"],
    brew: ["qemu"],
  },
  {
    what: "qemu-img",
    why: "reads and converts other disk formats",
    for: ["start", "test"],
    isThere: () => Boolean(which("qemu-img")),
    apt: ["qemu-utils"],
    brew: ["qemu"],
  },
  {
    what: "make",
    why: "builds the kernel",
    for: ["start", "test"],
    isThere: () => Boolean(which("make")),
    apt: ["make"],
    brew: ["make"],
  },
  {
    what: "a C compiler and linker for x86-64",
    why: "build the kernel and the sample program",
    for: ["start", "test"],
    isThere: hasKernelCompiler,
    apt: process.arch === "x64" ? ["gcc", "binutils"] : ["gcc-x86-64-linux-gnu", "binutils-x86-64-linux-gnu"],
    brew: ["llvm", "lld"],
  },
  {
    what: "Chromium",
    why: "shows the application where Electron can't be had, and is driven by the tests",
    for: ["start", "test"],
    isThere: () => Boolean(findBrowser()),
    apt: ["chromium"],
    brew: ["--cask", "chromium"],
  },
  {
    what: "fonts",
    why: "give the browser letters to draw with",
    for: ["start", "test"],
    isThere: () => process.platform !== "linux" || hasFonts(),
    apt: ["fonts-dejavu-core"],
    brew: [],
  },
  {
    what: "gcc with the C library's headers and static libraries",
    why: "builds the test programs",
    for: ["test"],
    isThere: () => Boolean(which("gcc")) && gccFinds("libc.a") && gccFinds("libasan.so"),
    apt: ["gcc", "libc6-dev"],
    brew: [],
  },
  {
    what: "g++",
    why: "builds the C++ test programs",
    for: ["test"],
    isThere: () => Boolean(which("g++")) && gccFinds("libstdc++.a"),
    apt: ["g++"],
    brew: [],
  },
  {
    what: "musl-gcc",
    why: "builds the test programs that use musl",
    for: ["test"],
    isThere: () => Boolean(which("musl-gcc")),
    apt: ["musl-tools"],
    brew: [],
  },
];

function hasFonts() {
  const folders = ["/usr/share/fonts/truetype", "/usr/share/fonts/opentype", "/usr/share/fonts/TTF"];
  return folders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}

/**
 * Installs what `purpose` needs and this machine lacks, after saying what and why; asks first when a person is there.
 * @param {Purpose} purpose
 * @param {{ yes: boolean }} options
 */
export async function installSystemPackages(purpose, { yes }) {
  const missing = requirements.filter((one) => one.for.includes(purpose) && !one.isThere());
  if (missing.length === 0) return;

  const manager = which("apt-get") ? "apt" : which("brew") ? "brew" : undefined;
  say("Missing on this machine:");
  for (const one of missing) say(`  ${one.what}: ${one.why}`);
  if (!manager) fail("Neither apt nor brew is here to install them.", "Please install them with your package manager.");

  const packages = [...new Set(missing.flatMap((one) => one[manager]))];
  if (packages.length === 0) fail("They are not to be had from brew; these tests need Linux.");
  const commands = manager === "apt" ? aptCommands(packages) : [["brew", "install", ...packages]];
  say("To be run:");
  for (const command of commands) say(`  ${command.join(" ")}`);
  if (!yes && process.stdin.isTTY && !(await isAgreed()))
    fail("Nothing was installed.", "Run it again when you want to.");

  for (const [command = "", ...args] of commands) {
    if (!run(command, args, { env: { DEBIAN_FRONTEND: "noninteractive" } }))
      fail(`“${[command, ...args].join(" ")}” failed.`, "Install the packages by hand, then run this again.");
  }
  const still = missing.filter((one) => !one.isThere());
  for (const one of still) if (one.what === "Chromium") sayWhyNoChromium();
  if (still.some((one) => purpose === "test" || one.what !== "Chromium"))
    fail(`Still missing after the installation: ${still.map((one) => one.what).join(", ")}.`);
}

/** @param {readonly string[]} packages */
function aptCommands(packages) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !which("sudo"))
    fail("Installing needs root, and there is no sudo.", `As root: apt-get install ${packages.join(" ")}`);
  const prefix = isRoot ? [] : process.stdin.isTTY ? ["sudo"] : ["sudo", "-n"];
  return [
    [...prefix, "apt-get", "update"],
    [...prefix, "apt-get", "install", "-y", "--no-install-recommends", ...packages],
  ];
}

function sayWhyNoChromium() {
  say("On Ubuntu the package chromium is only a stub that installs a snap, and here that gave no browser.");
  say("Install Google Chrome or Microsoft Edge, or the snap by hand: snap install chromium");
}

async function isAgreed() {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Go on? [Y/n] ");
  terminal.close();
  return /^(y(es)?)?$/i.test(answer.trim());
}
