/**
 * When which bytes of a console came: marks of an offset and a moment, in a file beside the console's index. A mark says
 * that the bytes from its offset on came at about its moment; one without a moment, that nobody watched from there on. The
 * file is searched where it lies, so its length costs no memory.
 */

import { closeSync, readSync, statSync, truncateSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { keepNewest } from "../lib/keep-newest.ts";
import { appendRegularSync, openRegular, openRegularSync } from "../lib/open-regular.ts";

/** Three numbers of 64 bits: offset, milliseconds since 1970 or 0 for none, and how far the bytes went that came then. */
const MARK_BYTES = 24;
/** Marks are at least so far apart: a console that grows all the time gets five a second. */
const MARK_EVERY_MS = 200;
/** Marks that are read at once for a piece of console. */
const MAX_MARKS = 4096;
/** Two days of marks of a console that grows all the time: of older bytes no moment is known. */
const MAX_BYTES = 24 << 20;

/** An offset, and the moment at which its byte came; null where nobody watched. */
export type Mark = [offset: number, at: number | null];

export class ConsoleTimes {
  readonly #path: string;
  #lastAt = 0;

  /** Of a console that is `total` bytes long by now: what came since the last mark came when nobody watched. */
  constructor(path: string, total: number) {
    this.#path = path;
    const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    // What a dying engine left half-written.
    if (bytes % MARK_BYTES !== 0) truncateSync(path, bytes - (bytes % MARK_BYTES));
    const watchedTo = bytes < MARK_BYTES ? 0 : readWatchedTo(path, Math.floor(bytes / MARK_BYTES) - 1);
    if (total > watchedTo) this.#append(watchedTo, 0, total);
  }

  /** The bytes `offset`..`end` have come just now. */
  mark(offset: number, end: number, now: number = Date.now()): void {
    if (now - this.#lastAt < MARK_EVERY_MS && now >= this.#lastAt) return;
    this.#lastAt = now;
    this.#append(offset, now, end);
  }

  /** The marks for the bytes `from`..`to`: the one that holds at `from`, and those behind it. */
  async between(from: number, to: number): Promise<Mark[]> {
    try {
      await using file = await openRegular(this.#path);
      const count = Math.floor((await file.stat()).size / MARK_BYTES);
      let low = 0;
      let high = count;
      // The first mark behind `from`.
      while (low < high) {
        const middle = (low + high) >> 1;
        const [mark] = await readMarks(file, middle, 1);
        if (mark && mark[0] <= from) low = middle + 1;
        else high = middle;
      }
      const marks = await readMarks(file, Math.max(0, low - 1), Math.min(count, MAX_MARKS));
      return marks.filter(([offset]) => offset < to);
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return [];
      throw error;
    }
  }

  #append(offset: number, at: number, end: number): void {
    const mark = Buffer.alloc(MARK_BYTES);
    mark.writeDoubleLE(offset, 0);
    mark.writeDoubleLE(at, 8);
    mark.writeDoubleLE(end, 16);
    appendRegularSync(this.#path, mark);
    keepNewest(this.#path, MAX_BYTES, (_, at) => (MARK_BYTES - (at % MARK_BYTES)) % MARK_BYTES);
  }
}

function readWatchedTo(path: string, last: number): number {
  const bytes = Buffer.alloc(8);
  const file = openRegularSync(path);
  try {
    readSync(file, bytes, 0, 8, last * MARK_BYTES + 16);
  } finally {
    closeSync(file);
  }
  return bytes.readDoubleLE();
}

async function readMarks(file: FileHandle, first: number, count: number): Promise<Mark[]> {
  const bytes = Buffer.alloc(count * MARK_BYTES);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, first * MARK_BYTES);
  const marks: Mark[] = [];
  for (let at = 0; at + MARK_BYTES <= bytesRead; at += MARK_BYTES)
    marks.push([bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8) || null]);
  return marks;
}
