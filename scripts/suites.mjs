// The test suites of `npm test`: how each is run, and how its passes and failures are counted.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser } from "./setup/browsers.mjs";
import { electronBinary } from "./setup/electron-binary.mjs";
import { root } from "./setup/places.mjs";

/**
 * @typedef {{ passed: number, failed: number }} Count
 * @typedef {{ name: string, run: (node: string) => Promise<Count> }} Suite
 */

const bin = (/** @type {string} */ path) => join(root, "node_modules", path);

/** @type {readonly Suite[]} */
export const suites = [
  { name: "types", run: (node) => one(node, [bin("typescript/bin/tsc"), "-p", "."]) },
  { name: "lint", run: (node) => one(node, [bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]) },
  { name: "units", run: units },
  { name: "kernel", run: kernel },
  { name: "end to end", run: endToEnd },
];

/** What a machine without Electron leaves out, in words; undefined where nothing is left out. */
export function leftOut() {
  return electronBinary()
    ? undefined
    : "not run: the end-to-end project “electron” (its binary is not on this machine)";
}

/** A program whose exit code is its verdict counts as one test. @param {string} command @param {string[]} args */
async function one(command, args) {
  const { ok } = await show(command, args);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

/** @param {string} node */
async function units(node) {
  return withReport(async (file) => {
    const args = [
      bin("vitest/vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ];
    const { ok } = await show(node, args);
    const report = readReport(file);
    // A skipped test did not run, and a run in which something did not run is not green.
    const failed = (report?.numFailedTests ?? 0) + (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
    return verdict(ok, report?.numPassedTests ?? 0, failed);
  });
}

/** Kernel modules on the host, the boot loader in QEMU; every test program prints TAP. @param {string} node */
async function kernel(node) {
  const { ok, output } = await show("make", ["-s", "-C", "kernel", `-j${cpus().length}`, "test", `NODE=${node}`]);
  return verdict(ok, output.match(/^ok\b/gm)?.length ?? 0, output.match(/^not ok\b/gm)?.length ?? 0);
}

/** @param {string} node */
async function endToEnd(node) {
  return withReport(async (file) => {
    const args = [bin("@playwright/test/cli.js"), "test", "--reporter=list,json"];
    const browser = findBrowser();
    const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file, UNIDECK_TEST_BROWSER: browser ?? "" };
    const { ok } = await show(node, args, env);
    const stats = readReport(file)?.stats;
    return verdict(ok, stats?.expected ?? 0, (stats?.unexpected ?? 0) + (stats?.flaky ?? 0) + (stats?.skipped ?? 0));
  });
}

/** A run that ended badly, or that ran nothing, has failed at least once. @param {boolean} ok @param {number} passed @param {number} failed */
function verdict(ok, passed, failed) {
  return { passed, failed: failed === 0 && (!ok || passed === 0) ? 1 : failed };
}

/** @param {(file: string) => Promise<Count>} body */
async function withReport(body) {
  const folder = mkdtempSync(join(tmpdir(), "unideck-test-"));
  try {
    return await body(join(folder, "report.json"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/**
 * Runs a program with its output shown and kept.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function show(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]))
      from.setEncoding("utf8").on("data", (text) => {
        output += text;
        to.write(text);
      });
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, output }));
  });
}
