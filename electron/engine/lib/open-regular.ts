/**
 * Opening files of the homes. What is there is anybody's guess: opening a named pipe waits for its other end, which never
 * comes, opening a device does things, and a file may have any size. So only regular files are opened, and never waited for.
 */

import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { Problem } from "../../../shared/problem.ts";

/** `r`: to read. `r+`: to read and write. `a`: to append; the file is made, for this user alone, where there is none. */
type Access = "r" | "r+" | "a";

const flagsOf: Readonly<Record<Access, number>> = {
  r: constants.O_RDONLY | constants.O_NONBLOCK,
  "r+": constants.O_RDWR | constants.O_NONBLOCK,
  a: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK,
};

const moveAway = "Move it away; Unideck creates it again.";

/** Throws file.is-directory, file.unsupported for what is no regular file, and what the system throws. */
export async function openRegular(path: string, access: Access = "r"): Promise<FileHandle> {
  // Some devices act on being opened: the look comes first. The one after it is the one that counts.
  const before = await stat(path).catch(() => undefined);
  if (before) refuseSpecial(path, before, moveAway);
  const file = await open(path, flagsOf[access], 0o600);
  try {
    refuseSpecial(path, await file.stat(), moveAway);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** As `openRegular`, with a descriptor. */
export function openRegularSync(path: string, access: Access = "r"): number {
  const before = statSync(path, { throwIfNoEntry: false });
  if (before) refuseSpecial(path, before, moveAway);
  const descriptor = openSync(path, flagsOf[access], 0o600);
  try {
    refuseSpecial(path, fstatSync(descriptor), moveAway);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A file that is not larger than `maxBytes`. Throws as `openRegular`, and file.unsupported for a larger one. */
export async function readRegularBytes(path: string, maxBytes: number): Promise<Buffer> {
  await using file = await openRegular(path);
  refuseLarge(path, (await file.stat()).size, maxBytes);
  return await file.readFile();
}

/** The text of a file. Throws as `readRegularBytes`. */
export async function readRegular(path: string, maxBytes: number): Promise<string> {
  return (await readRegularBytes(path, maxBytes)).toString("utf8");
}

/** As `readRegular`. */
export function readRegularSync(path: string, maxBytes: number): string {
  const descriptor = openRegularSync(path);
  try {
    refuseLarge(path, fstatSync(descriptor).size, maxBytes);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** Appends to a file, which is made where there is none. Throws as `openRegular`. */
export function appendRegularSync(path: string, bytes: string | Uint8Array): void {
  const descriptor = openRegularSync(path, "a");
  try {
    appendFileSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

function refuseLarge(path: string, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes > maxBytes)
    throw new Problem("file.unsupported", `${path} is too large: ${sizeBytes} of at most ${maxBytes} bytes`, {
      hint: moveAway,
    });
}

/** Returns the facts of a regular file. Throws file.is-directory, file.unsupported for everything else. */
export function refuseSpecial(path: string, facts: Stats, hint: string): Stats {
  if (facts.isFile()) return facts;
  const code = facts.isDirectory() ? "file.is-directory" : "file.unsupported";
  throw new Problem(code, `${path} is ${kindOf(facts)}, not a file`, { hint });
}

function kindOf(facts: Stats): string {
  if (facts.isDirectory()) return "a folder";
  if (facts.isFIFO()) return "a named pipe";
  if (facts.isSocket()) return "a socket";
  if (facts.isSymbolicLink()) return "a symbolic link";
  return "a device";
}
