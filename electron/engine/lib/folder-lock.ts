/**
 * A lock on a folder: it makes one process the engine of a home, or the switch of a network.
 *
 * It is SQLite's exclusive lock on a file, because the system frees that when its holder dies, however it dies, and
 * because Node and Electron both have it without a native module. A pid file would survive a kill -9 and lie.
 */

import { chmodSync, mkdirSync, type Stats, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Problem } from "../../../shared/problem.ts";
import { writeProblem } from "./atomic-file.ts";
import { refuseSpecial } from "./open-regular.ts";
import { privately } from "./private-files.ts";

export interface FolderLock {
  release(): void;
}

/** Loaded where it is needed first: an older Electron has no such module, and is a client of an engine elsewhere. */
const sqlite = () => process.getBuiltinModule("node:sqlite");

/** Whether this process can hold a lock, and so be an engine. */
export const canLock = () => process.getBuiltinModule("node:module").isBuiltin("node:sqlite");

/** SQLite's result codes (sqlite3.h). */
const SqliteCode = { busy: 5, readOnly: 8, ioError: 10, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

/**
 * Takes a folder's lock, Unideck's home's if not said otherwise; undefined when somebody else holds it. Never waits. Throws
 * disk.write-failed, file.unsupported, file.is-directory.
 */
export function takeLock(folder: string, name = "engine.lock"): FolderLock | undefined {
  const path = join(folder, name);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const there = statSync(path, { throwIfNoEntry: false });
    if (there) refuseSpecial(path, there, "Delete it, or set another home (UNIDECK_HOME).");
    if (there) makePrivate(path, there);
    database = privately(() => new (sqlite().DatabaseSync)(path, { timeout: 0 }));
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    // The upper bits say more of the same.
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
    if (code === SqliteCode.busy) return undefined;
    if (code === SqliteCode.notADatabase)
      throw new Problem("disk.write-failed", `${path} is not a lock: something else was written to it`, {
        hint: "Delete that file.",
        cause: error,
      });
    const { readOnly, ioError, full, cannotOpen } = SqliteCode;
    if (code === readOnly || code === ioError || code === full || code === cannotOpen)
      throw new Problem("disk.write-failed", `${path} can't be written`, {
        hint: "Check that it is writable, or set another home (UNIDECK_HOME).",
        details: String(error),
        cause: error,
      });
    throw writeProblem(error, path);
  }
  // Nothing is ever written: closing frees the lock and leaves an empty file.
  const held = database;
  return { release: () => held.close() };
}

/** By its path, and before it is locked: closing another descriptor of the file would free this process's lock. */
function makePrivate(path: string, { uid, nlink, mode }: Stats): void {
  if (nlink !== 1 || uid !== process.getuid?.() || (mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode & 0o700);
  } catch {
    // A file system without permissions, or one that is read-only: opening it says so.
  }
}

/**
 * The process that holds a folder's lock, as far as the system tells: Linux does, for processes that are visible here. For
 * words to a person only; it may be another one a moment later.
 */
export async function lockHolder(folder: string, name = "engine.lock"): Promise<number | undefined> {
  try {
    const { ino } = await stat(join(folder, name), { bigint: true });
    // `1: POSIX  ADVISORY  WRITE 4711 fe:01:131 1073741824 1073742335`
    for (const line of (await readFile("/proc/locks", "latin1")).split("\n")) {
      const [, kind, , access, pid = "", file] = line.trim().split(/\s+/);
      if (kind === "POSIX" && access === "WRITE" && file?.split(":")[2] === String(ino) && /^[1-9]\d*$/.test(pid))
        return Number(pid);
    }
  } catch {
    // Another system, or the folder has gone.
  }
  return undefined;
}
