/** Reads files of the host that must still be what they were when they were found. */

import { close, constants, fstat, open, read, type Stats } from "node:fs";
import { type FileHandle, open as openHandle } from "node:fs/promises";
import { Problem } from "../../../../shared/problem.ts";
import { systemErrorCode } from "../../lib/atomic-file.ts";
import { readProblem } from "../../lib/read-problem.ts";
import type { HostFile } from "./tree.ts";
import { toText } from "./value.ts";

/**
 * Fills `into` with the whole of `file`. Throws file.changed, file.unreadable.
 *
 * Trees are made of small files, and these four calls are most of what they cost: with descriptors and callbacks they take
 * half the time of file handles and promises.
 */
export function readWhole(file: HostFile, into: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    open(pathOf(file), flagsFor(file), (openError, descriptor) => {
      if (openError) return reject(openProblem(openError, file));
      const end = (problem?: unknown) =>
        close(descriptor, (closeError) => (problem || closeError ? reject(problem ?? closeError) : resolve()));
      return fill(descriptor, into, 0, (readError, bytesRead) => {
        if (readError) return end(readProblem(readError, toText(file.path)));
        if (bytesRead < into.length) return end(changed(file));
        return fstat(descriptor, (statError, now) => end(statError ?? (isSame(file, now) ? undefined : changed(file))));
      });
    });
  });
}

interface OpenFile {
  handle: Promise<FileHandle>;
  /** Parts that are being read. */
  reading: number;
  /** The last part has begun: those before it have too. */
  isLast: boolean;
}

/** Files that are read in parts, in their order, some side by side: opened at their first, checked and closed after their last. */
export class OpenFiles {
  readonly #files = new Map<HostFile, OpenFile>();

  /** Fills `into` with the part of `file` at `offset`. Throws file.changed, file.unreadable. */
  async readPart(file: HostFile, offset: number, into: Buffer): Promise<void> {
    const open = this.#open(file);
    open.reading++;
    open.isLast ||= offset + into.length === file.sizeBytes;
    const handle = await open.handle;
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await handle.read(into, done, into.length - done, offset + done).catch((error) => {
        throw readProblem(error, toText(file.path));
      });
      if (bytesRead === 0) throw changed(file);
      done += bytesRead;
    }
    if (--open.reading === 0 && open.isLast) await this.#finish(file, handle);
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled([...this.#files.values()].map(({ handle }) => handle));
    this.#files.clear();
    await Promise.all(handles.map((outcome) => outcome.status === "fulfilled" && outcome.value.close()));
  }

  #open(file: HostFile): OpenFile {
    const known = this.#files.get(file);
    if (known) return known;
    const handle = openHandle(pathOf(file), flagsFor(file)).catch((error) => {
      throw openProblem(error, file);
    });
    const open = { handle, reading: 0, isLast: false };
    this.#files.set(file, open);
    return open;
  }

  async #finish(file: HostFile, handle: FileHandle): Promise<void> {
    this.#files.delete(file);
    try {
      if (!isSame(file, await handle.stat())) throw changed(file);
    } finally {
      await handle.close();
    }
  }
}

function fill(
  descriptor: number,
  into: Buffer,
  done: number,
  callback: (error: unknown, bytesRead: number) => void,
): void {
  read(descriptor, into, done, into.length - done, done, (error, bytesRead) => {
    if (error) callback(error, done);
    else if (bytesRead === 0 || done + bytesRead === into.length) callback(undefined, done + bytesRead);
    else fill(descriptor, into, done + bytesRead, callback);
  });
}

function pathOf(file: HostFile): Buffer {
  return Buffer.from(file.path, "latin1");
}

/** Without O_NONBLOCK a pipe that has taken the file's place would be waited for. */
function flagsFor(file: HostFile): number {
  return constants.O_RDONLY | constants.O_NONBLOCK | (file.follow ? 0 : constants.O_NOFOLLOW);
}

function isSame(file: HostFile, now: Stats): boolean {
  return now.size === file.sizeBytes && now.mtimeMs === file.mtimeMs && now.ino === file.inode;
}

function changed(file: HostFile, cause?: unknown): Problem {
  return new Problem("file.changed", `${toText(file.path)} changed while it was copied`, {
    hint: "Build again when no program changes it.",
    cause,
  });
}

/** What was found and can't be opened now has changed. */
function openProblem(error: unknown, file: HostFile): unknown {
  const code = systemErrorCode(error) ?? "";
  return ["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(code)
    ? changed(file, error)
    : readProblem(error, toText(file.path));
}
