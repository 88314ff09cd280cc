/**
 * Unideck's home is its owner's alone: folders 0700, files 0600, whatever the umask is. What earlier versions made
 * otherwise is repaired once.
 */

import { constants, mkdirSync, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve, sep } from "node:path";
import { systemErrorCode, writeFileAtomically, writeProblem } from "./atomic-file.ts";

/** Files and sockets get 0600. A folder made with it could not be entered. */
const PRIVATE_UMASK = 0o177;
const STICKY = 0o1000;
/** Says that the files of a home were looked at; its number changes when they have to be once more. */
const MARK = { name: "private.json", content: '{"version":1}\n' } as const;
/** What may be in a home. Anything else in that folder was not created by Unideck. */
const ownFolders = "web images instances networks trash uploads downloads kernels tasks logs probes compiled".split(
  " ",
);
const ownFile = /\.(json|lock-journal|sock)$/;

/**
 * Runs `work`, which is synchronous and makes no folders, so that the files and sockets that it makes are this user's alone,
 * and those that a child process started by it makes in its life.
 */
export function privately<T>(work: () => T): T {
  const before = process.umask(PRIVATE_UMASK);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}

/** Makes a folder for this user alone, where there is none. Throws disk.full, disk.write-failed, as where it is a file. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw writeProblem(error, path);
  });
}

/** As `makeFolder`. */
export function makeFolderSync(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw writeProblem(error, path);
  }
}

/**
 * Takes a home's rights from others: the folder's own at each start, those of all that is in it once. The home's locks are
 * left alone, whose modes `takeLock` repairs: a process that opens and closes a file loses its locks on it (POSIX).
 */
export async function repairHome(home: string): Promise<void> {
  const isRepaired = await lstat(join(home, MARK.name)).catch(() => undefined);
  const wasOpen = isOwnPlace(home) && (await setMode(home, 0o700));
  if (isRepaired && !wasOpen) return;
  for (const entry of await readdir(home, { withFileTypes: true })) {
    const path = join(home, entry.name);
    if (entry.isDirectory() && ownFolders.includes(entry.name)) await repairFolder(path);
    else if (entry.isFile() && ownFile.test(entry.name)) await setMode(path, 0o600);
  }
  await writeFileAtomically(join(home, MARK.name), MARK.content);
}

/** `UNIDECK_HOME` may name a folder that is not for Unideck alone: the user's home, or one above it. */
function isOwnPlace(home: string): boolean {
  return !`${homedir()}${sep}`.startsWith(resolve(home, ".") + sep) && resolve(home) !== sep;
}

async function repairFolder(folder: string): Promise<void> {
  await setMode(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await repairFolder(path);
    else if (entry.isFile()) await setMode(path, 0o600);
  }
}

/**
 * Gives a folder or a regular file of our own these permissions, less what its owner does not have; true where that was a
 * change. Leaves alone what is another account's, has a second name, is a link, or is sticky as `/tmp` is.
 */
export async function setMode(path: string, mode: number): Promise<boolean> {
  const isOther = (facts: Stats) => !isOwn(facts) || wanted(facts, mode) === (facts.mode & 0o777);
  const before = await lstat(path).catch(() => undefined);
  if (!before || isOther(before)) return false;
  await using file = await openAsItIs(path);
  if (!file || isOther(await file.stat())) return false;
  try {
    await file.chmod(wanted(await file.stat(), mode));
    return true;
  } catch (error) {
    // A file system without permissions, or one that is read-only.
    if (["EPERM", "EROFS", "ENOTSUP", "EOPNOTSUPP"].includes(systemErrorCode(error) ?? "")) return false;
    throw error;
  }
}

const isOwn = (facts: Stats) =>
  facts.uid === process.getuid?.() &&
  (facts.mode & STICKY) === 0 &&
  (facts.isDirectory() || (facts.isFile() && facts.nlink === 1));

/** Programs stay programs; nobody is given more than the owner has. */
function wanted({ mode }: Stats, most: number): number {
  const owner = mode & 0o700;
  return owner | ((owner >> 3) & most & 0o070) | ((owner >> 6) & most & 0o007);
}

/** No link is followed, and a pipe that came meanwhile holds nobody up. */
async function openAsItIs(path: string): Promise<FileHandle | undefined> {
  return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
}
