// Finding and starting programs, saying what is being done, asking whether it may be.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { accessSync, existsSync, constants as modes } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { root } from "./places.mjs";

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends with a sentence and what to do. @param {string} sentence @param {string} [hint] @returns {never} */
export function fail(sentence, hint) {
  say(`error: ${sentence}`);
  if (hint) say(`  ${hint}`);
  process.exit(1);
}

/** Whether the person at the terminal agrees; the end of the input is a no. */
export async function isAgreed() {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new Promise((resolve) => terminal.once("close", () => resolve("no")));
  const answer = await Promise.race([terminal.question("Continue? [Y/n] "), gone]);
  terminal.close();
  return /^(y(es)?)?$/i.test(answer.trim());
}

/** Homebrew keeps LLVM out of the way of Apple's tools: its folders come first for all that we start. */
export function findBrewedTools() {
  if (process.platform !== "darwin") return;
  const folders = ["/opt/homebrew", "/usr/local"].flatMap((prefix) =>
    ["opt/llvm/bin", "opt/lld/bin", "bin"].map((folder) => join(prefix, folder)),
  );
  const path = process.env.PATH ?? "";
  const added = folders.filter((folder) => existsSync(folder) && !path.split(delimiter).includes(folder));
  process.env.PATH = [...added, path].join(delimiter);
}

/** The path of a command, or undefined. @param {string} name */
export function which(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, modes.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/**
 * Runs a program in the repository with its output shown.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeoutMs?: number, quiet?: boolean }} [options]
 * @returns {boolean} whether it ended well
 */
export function run(command, args, { env, timeoutMs, quiet = false } = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["inherit", 2, 2],
    timeout: timeoutMs,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const ok = status === 0 && !error;
  if (quiet && !ok) say(`${stdout ?? ""}${stderr ?? ""}${error ? `${error.message}\n` : ""}`);
  return ok;
}

/**
 * What a program prints, run in the repository; throws where it fails.
 * @param {string} command
 * @param {string[]} args
 */
export function output(command, args) {
  return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * Becomes another program as far as Node can: its input, output, signals and code are ours.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<never>}
 */
export async function become(command, args) {
  const child = spawn(command, args, { stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
  process.exit(code ?? 128 + (constants.signals[/** @type {NodeJS.Signals} */ (signal)] ?? 0));
}
