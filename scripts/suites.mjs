// The test suites of `npm test`: how each is run, and how its passes and failures are counted.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { desktopCommand, desktopPlace } from "./desktop-run.mjs";
import { findBrowser } from "./setup/browsers.mjs";
import { root } from "./setup/places.mjs";
import { testElectron } from "./setup/test-electron.mjs";

/**
 * @typedef {{ passed: number, failed: number, retried?: string[] }} Count `retried`: tests that passed only when tried again
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
  { name: "end to end", run: endToEnd, files: /^e2e\/(?!desktop\/).*\.spec\.ts$/ },
  { name: "desktop", run: desktop, files: /^e2e\/(window|desktop)\/.*\.spec\.ts$/ },
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

/** What a machine for which there is no Electron leaves out, in words; undefined where nothing is left out. */
export function leftOut() {
  return testElectron() || mustHaveElectron() ? undefined : "not run: the suite “desktop” (there is no Electron here)";
}

/** Where one can be had from npm, a run without it is not green. */
const mustHaveElectron = () => process.platform === "linux" && process.arch === "x64";

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
    return vitestCount(ok, readReport(file));
  });
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages: string[] | null }} Assertion
 * @param {boolean} ok
 * @param {{ numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number, testResults?: { assertionResults: Assertion[] }[] } | undefined} report of Vitest's JSON reporter
 * @returns {Count}
 */
export function vitestCount(ok, report = {}) {
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report;
  const retried = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status, failureMessages }) => status === "passed" && (failureMessages?.length ?? 0) > 0)
    .map(({ fullName }) => fullName);
  // A skipped test did not run, and a run in which something did not run is not green.
  return { ...verdict(ok, numPassedTests, numFailedTests + numPendingTests + numTodoTests), retried };
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

/** The specs with a browser, and those without a window. @param {string} node @param {string[]} [files] */
async function endToEnd(node, files = []) {
  return withReport((file) =>
    playwright([node, ...playwrightWords(files)], file, { UNIDECK_TEST_BROWSER: findBrowser() ?? "" }),
  );
}

/** The specs of the window in the real desktop application. @param {string} node @param {string[]} [files] */
async function desktop(node, files = []) {
  if (!testElectron()) return { passed: 0, failed: mustHaveElectron() ? 1 : 0 };
  // What the specs drop is built by whom the folder belongs to.
  const guests = ["-s", "-C", "kernel/tests/guest", `-j${cpus().length}`, `BUILD=${join(root, "kernel/build/tests")}`];
  await show("make", guests);
  // The system's Node may lie where another account may not go.
  const brought = bin(`node-linux-${process.arch}/bin/node`);
  const words = [existsSync(brought) ? brought : node, ...playwrightWords(files)];
  return withReport(async (file) => {
    const place = desktopPlace(dirname(file), root);
    const results = join(place.folder, "results");
    const count = await playwright(desktopCommand(words, place), join(results, "report.json"), {
      UNIDECK_TEST_HOST: "electron",
      UNIDECK_TEST_RESULTS: join(results, "kept"),
      ...(place.isRoot && { HOME: join(place.folder, "home") }),
    });
    const kept = join(results, "kept");
    if (existsSync(kept)) cpSync(kept, join(root, "test-results", "desktop"), { recursive: true });
    return count;
  });
}

/** @param {string[]} files */
const playwrightWords = (files) => [bin("@playwright/test/cli.js"), "test", ...files, "--reporter=list,json"];

/** @param {string[]} command @param {string} report @param {NodeJS.ProcessEnv} env */
async function playwright([command = "", ...args], report, env) {
  const { ok } = await show(command, args, { PLAYWRIGHT_JSON_OUTPUT_FILE: report, ...env });
  return playwrightCount(ok, readReport(report));
}

/**
 * @typedef {{ title: string, file?: string, specs?: { title: string, file: string, tests: { status: string }[] }[], suites?: Group[] }} Group
 * @param {boolean} ok
 * @param {{ stats?: Partial<Record<"expected" | "unexpected" | "flaky" | "skipped", number>>, suites?: Group[] } | undefined} report of Playwright's JSON reporter
 * @returns {Count}
 */
export function playwrightCount(ok, report) {
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = report?.stats ?? {};
  return { ...verdict(ok, expected + flaky, unexpected + skipped), retried: (report?.suites ?? []).flatMap(flakyIn) };
}

/** @param {Group} group @returns {string[]} */
function flakyIn({ specs = [], suites = [] }) {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === "flaky"));
  return [...own.map(({ file, title }) => `${file}: ${title}`), ...suites.flatMap(flakyIn)];
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
