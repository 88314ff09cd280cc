// Starting programs, and saying what is being done.

import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants as modes } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
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
