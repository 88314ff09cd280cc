// Where the repository is, and what setup remembers between two runs.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Lies in node_modules, so that removing that folder sets everything up again. */
export const memory = join(root, "node_modules", ".unideck-setup");

/**
 * @param {string} key
 * @returns {string | undefined}
 */
export function recall(key) {
  const file = join(memory, key);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * @param {string} key
 * @param {string} value
 */
export function remember(key, value) {
  mkdirSync(memory, { recursive: true });
  writeFileSync(join(memory, key), value);
}

/** The command line in a Node's words: with the flag that bin/unideck has, and says why. */
export const commandLine = ["--no-concurrent-recompilation", join(root, "out/main/cli.js")];
