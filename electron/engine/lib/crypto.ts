/** What is used of node:crypto, which is loaded at the first use: loading it takes a tenth of the time of a short command. */

import type { Hash } from "node:crypto";

const crypto = () => process.getBuiltinModule("node:crypto");

export function createHash(algorithm: "sha256"): Hash {
  return crypto().createHash(algorithm);
}

export function randomBytes(size: number): Buffer {
  return crypto().randomBytes(size);
}

export function randomUUID(): string {
  return crypto().randomUUID();
}
