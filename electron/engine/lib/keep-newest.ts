/**
 * Bounds a file of records that one process appends to and others read: of one that has grown beyond its limit the newest
 * half is kept. Readers see the old file or the whole new one.
 */

import { closeSync, fstatSync, readSync, renameSync, statSync, writeFileSync } from "node:fs";
import { openRegularSync } from "./open-regular.ts";

/**
 * `beginOf`: where the first whole record begins in these bytes, which lie `at` bytes into the file. Throws what reading and
 * writing throws.
 */
export function keepNewest(path: string, maxBytes: number, beginOf: (bytes: Buffer, at: number) => number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= maxBytes) return;
  const newest = Buffer.alloc(maxBytes >> 1);
  const file = openRegularSync(path);
  let at: number;
  try {
    at = Math.max(0, fstatSync(file).size - newest.length);
    readSync(file, newest, 0, newest.length, at);
  } finally {
    closeSync(file);
  }
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, newest.subarray(beginOf(newest, at)), { mode: 0o600 });
  renameSync(temporary, path);
}

/** The beginning of the first whole line. */
export function firstLine(bytes: Buffer): number {
  return bytes.indexOf(0x0a) + 1;
}
