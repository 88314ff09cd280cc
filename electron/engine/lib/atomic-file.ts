/** Files that are whole or not there: written under a temporary name, synced, renamed. */

import { type FileHandle, link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import { randomBytes } from "./crypto.ts";

/** Replaces `path` by `content`, for this user alone; readers see the old file or the whole new one. Throws disk.full, disk.write-failed. */
export async function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await replaceFile(path, (file) => file.writeFile(content), { mode });
}

/**
 * Lets `write` fill a temporary file in `temporaryFolder` (default: beside `path`; must be on the same file system), then
 * puts it in the place of `path`. When anything fails, the temporary file is removed and `path` is as it was. With
 * `mustBeNew` it throws file.exists where there is something at `path` by then.
 */
export async function replaceFile<T>(
  path: string,
  write: (file: FileHandle, temporaryPath: string) => Promise<T>,
  { mode = 0o600, folderMode = 0o700, temporaryFolder = dirname(path), mustBeNew = false } = {},
): Promise<T> {
  const temporary = join(temporaryFolder, `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await mkdir(temporaryFolder, { recursive: true, mode: folderMode });
    await mkdir(dirname(path), { recursive: true, mode: folderMode });
    const file = await open(temporary, "wx", mode);
    let result: T;
    try {
      result = await write(file, temporary);
      await file.sync();
    } finally {
      await file.close();
    }
    if (mustBeNew) await moveToNewPath(temporary, path);
    else await rename(temporary, path);
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    // What could not be made can't be removed either; the first error is the one that counts.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeProblem(error, path);
  }
}

/** A rename would replace what another process has put there meanwhile; a link does not. */
async function moveToNewPath(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // File systems without links (FAT, many network shares): there a moment remains between the look and the rename.
    const isWithoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemErrorCode(error) ?? "");
    const isFree = isWithoutLinks && (await lstat(to).catch(systemErrorCode)) === "ENOENT";
    if (isFree) return await rename(from, to);
    if (systemErrorCode(error) !== "EEXIST" && !isWithoutLinks) throw error;
    throw new Problem("file.exists", `There is already a file ${to}`, { hint: "Choose another name.", cause: error });
  }
  await rm(from);
}

/** Makes a rename in `folder` survive a power cut. File systems that can't sync folders are left alone. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "EPERM", "EISDIR"].includes(systemErrorCode(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

/** The system's name of an error (`ENOENT` …); undefined for anything that the system did not give. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const fullCodes = ["ENOSPC", "EDQUOT"];
const refusedCodes = [
  "EACCES",
  "EEXIST",
  "EROFS",
  "EPERM",
  "ENOTDIR",
  "EISDIR",
  // What Node says of a folder that is to be removed as a file.
  "ERR_FS_EISDIR",
  "EIO",
  "ENAMETOOLONG",
  "EXDEV",
  "EFBIG",
];

/** What a failed write means to a person; anything that is no such system error stays as it is. */
export function writeProblem(error: unknown, path: string): unknown {
  const code = systemErrorCode(error) ?? "";
  if (fullCodes.includes(code))
    return new Problem("disk.full", `The disk is full while writing ${path}`, {
      hint: "Free some space, or put the homes on another disk (OPS_HOME, UNIDECK_HOME).",
      cause: error,
    });
  if (refusedCodes.includes(code))
    return new Problem("disk.write-failed", `${path} can't be written`, {
      hint: "Check that the folder exists and is writable.",
      details: String(error),
      cause: error,
    });
  return error;
}
