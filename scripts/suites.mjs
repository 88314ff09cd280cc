// The test suites of `npm test`: how each is run, and how its passes and failures are counted.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { findBrowser } from "./setup/browsers.mjs";
import { electronBinary } from "./setup/electron-binary.mjs";
import { root } from "./setup/places.mjs";

/**
 * @typedef {{ passed: number, failed: number }} Count
 * @typedef {object} Suite
 * @property {string} name
 * @property {(node: string, files?: string[]) => Promise<Count>} run `files`: only these of its test files
 * @property {string} [partOf] the suite that runs it too: left out when everything runs
 * @property {RegExp} [files] which files of the repository are its test files, where it can run some of them alone
 */

const bin = (/** @type {string} */ path) => join(root, "node_modules", path);

/** @type {readonly Suite[]} */
export const suites = [
  { name: "types", run: (node) => one(node, [bin("typescript/bin/tsc"), "-p", "."]) },
  { name: "lint", run: lint },
  {
    name: "house",
    run: (node) => units(node, ["scripts/house.test.ts", "scripts/import-rules.test.ts"]),
    partOf: "units",
  },
  { name: "units", run: units, files: /^(bench|shared|electron|scripts|renderer)\/.*\.test\.tsx?$/ },
  { name: "kernel", run: kernel, files: /^kernel\/tests\/host\/.*_test\.c$/ },
  { name: "end to end", run: endToEnd, files: /^e2e\/.*\.spec\.ts$/ },
];

/** Every test file of the repository, by its path from the root. */
export function testFiles() {
  return ["bench", "shared", "electron", "scripts", "renderer", "kernel/tests/host", "e2e"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file}`)
      .filter((file) => suites.some((suite) => suite.files?.test(file))),
  );
}

/**
 * What to run for the names on the command line: suites, or test files by any part of their path.
 * @param {string[]} names none: everything
 * @param {readonly string[]} files the repository's test files
 * @returns {{ suite: Suite, files?: string[] }[]} throws an Error for a name that is neither
 */
export function chooseSuites(names, files) {
  if (names.length === 0) return suites.filter((suite) => !suite.partOf).map((suite) => ({ suite }));
  const named = names.filter((name) => suites.some((suite) => suite.name === name));
  const words = names.filter((name) => !named.includes(name));
  const filesOf = (/** @type {Suite} */ suite, /** @type {string} */ word) =>
    files.filter((file) => suite.files?.test(file) && file.includes(word));
  for (const word of words)
    if (!suites.some((suite) => filesOf(suite, word).length > 0))
      throw new Error(`No suite is named “${word}”, and no test file has it in its path.`);
  return suites.flatMap((suite) => {
    if (named.includes(suite.name)) return [{ suite }];
    const chosen = [...new Set(words.flatMap((word) => filesOf(suite, word)))];
    return chosen.length > 0 ? [{ suite, files: chosen }] : [];
  });
}

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

/** TypeScript and all else by Biome, C by clang-format. @param {string} node */
async function lint(node) {
  const [all, kernel] = [
    await one(node, [bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]),
    await one(node, [join(root, "scripts/format-kernel.mjs")]),
  ];
  return { passed: all.passed + kernel.passed, failed: all.failed + kernel.failed };
}

/** @param {string} node @param {string[]} [files] */
async function units(node, files = []) {
  return withReport(async (file) => {
    const args = [
      bin("vitest/vitest.mjs"),
      "run",
      ...files,
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

/**
 * Kernel modules on the host, the boot loader in QEMU; every test program prints TAP.
 * @param {string} node
 * @param {string[]} [files]
 */
async function kernel(node, files = []) {
  const names = files.map((file) => basename(file, ".c")).join(" ");
  const target = files.length > 0 ? ["only", `TESTS=${names}`] : ["test"];
  const { ok, output } = await show("make", ["-s", "-C", "kernel", `-j${cpus().length}`, ...target, `NODE=${node}`]);
  return verdict(ok, output.match(/^ok\b/gm)?.length ?? 0, output.match(/^not ok\b/gm)?.length ?? 0);
}

/** @param {string} node @param {string[]} [files] */
async function endToEnd(node, files = []) {
  return withReport(async (file) => {
    const args = [bin("@playwright/test/cli.js"), "test", ...files, "--reporter=list,json"];
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
