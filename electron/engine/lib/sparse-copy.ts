/**
 * Copies a file without copying its holes: a clone that shares blocks where the file system can, else only the data.
 *
 * Node can't ask where a file has data (no lseek with SEEK_DATA). Up to SCAN_LIMIT_BYTES reading everything and leaving
 * out what is zero is quicker than starting a process; beyond it GNU cp is asked, which knows.
 */

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { chmod, copyFile, type FileHandle, open, rm, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode, writeProblem } from "./atomic-file.ts";

const PIECE_BYTES = 1 << 20;
/** What is tested for being zero: the block of nearly every file system. */
const BLOCK_BYTES = 4096;
const SCAN_LIMIT_BYTES = 64 << 20;

const zeros = Buffer.alloc(PIECE_BYTES);
/** Devices that have refused to clone once are not asked again. */
const devicesWithoutClones = new Set<number>();

export type CopyMethod = "clone" | "scan" | "cp";

/**
 * Copies `source` to `target`, which must not exist. Holes and zeros of the source take no room in the copy, which is this user's alone. Nothing is
 * left behind on failure. The copy is not synced. Throws file.exists, disk.full, disk.write-failed and what reading throws.
 */
export async function copySparse(source: string, target: string): Promise<CopyMethod> {
  const { size, dev } = await stat(source);
  if (await copyAsClone(source, target, dev)) return "clone";
  if (size > SCAN_LIMIT_BYTES && process.platform === "linux" && (await copyWithCp(source, target))) return "cp";
  await copyByScanning(source, target);
  return "scan";
}

async function copyAsClone(source: string, target: string, device: number): Promise<boolean> {
  if (devicesWithoutClones.has(device)) return false;
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    // A clone has the permissions of what it is one of.
    await chmod(target, 0o600);
    return true;
  } catch (error) {
    const code = systemErrorCode(error) ?? "";
    if (code === "EEXIST") throw alreadyThere(target, error);
    if (code === "ENOENT" || code === "EACCES") throw error;
    // On macOS and Linux alike libuv makes the target before it asks for the clone, and may leave it behind.
    await rm(target, { force: true });
    if (["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "ENOTTY"].includes(code)) devicesWithoutClones.add(device);
    return false;
  }
}

/** False where this cp does not know its way with holes (busybox); then nothing is left of it. */
async function copyWithCp(source: string, target: string): Promise<boolean> {
  await (await createNew(target)).close();
  try {
    await promisify(execFile)("cp", ["--sparse=always", "--reflink=auto", "--", source, target], {
      env: { ...process.env, LC_ALL: "C" },
    });
    return true;
  } catch (error) {
    await rm(target, { force: true });
    const said = error instanceof Error ? error.message : "";
    if (said.includes("No space left")) {
      throw new Problem("disk.full", `The disk is full while writing ${target}`, { details: said, cause: error });
    }
    return false;
  }
}

/** Reads all of `source` and writes what is not zero. Exported for the test, which compares the ways. */
export async function copyByScanning(source: string, target: string): Promise<void> {
  await using from = await open(source, "r");
  const to = await createNew(target);
  try {
    await copyData(from, to);
  } catch (error) {
    await rm(target, { force: true });
    throw writeProblem(error, target);
  } finally {
    await to.close();
  }
}

async function createNew(target: string): Promise<FileHandle> {
  try {
    return await open(target, "wx", 0o600);
  } catch (error) {
    throw systemErrorCode(error) === "EEXIST" ? alreadyThere(target, error) : writeProblem(error, target);
  }
}

async function copyData(from: FileHandle, to: FileHandle): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let position = 0;
  for (;;) {
    const { bytesRead } = await from.read(piece, 0, PIECE_BYTES, position);
    if (bytesRead === 0) break;
    for (const [start, end] of dataRuns(piece.subarray(0, bytesRead))) {
      await writeAll(to, piece.subarray(start, end), position + start);
    }
    position += bytesRead;
  }
  await to.truncate(position);
}

async function writeAll(to: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await to.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** The runs of blocks that are not all zero, as [start, end) within `piece`. */
export function* dataRuns(piece: Buffer): Generator<[number, number]> {
  if (piece.compare(zeros, 0, piece.length) === 0) return;
  let start = -1;
  for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
    const end = Math.min(at + BLOCK_BYTES, piece.length);
    const isZero = piece.compare(zeros, 0, end - at, at, end) === 0;
    if (!isZero && start < 0) start = at;
    if (isZero && start >= 0) {
      yield [start, at];
      start = -1;
    }
  }
  if (start >= 0) yield [start, piece.length];
}

function alreadyThere(target: string, cause: unknown): Problem {
  return new Problem("file.exists", `${target} is already there`, { cause });
}
