/**
 * A log that is bounded while its offsets go on: the newest bytes are in `LOG`, earlier ones in segments named
 * `LOG.OFFSET` after the offset where they end. A segment is made by renaming the log, so every state that a reader can
 * see is whole: the log begins where the newest segment ends. The keeper writes, everybody else only reads.
 */

import { closeSync, readdirSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { openRegularSync } from "../lib/open-regular.ts";

/** A log has so many segments, more or less: what is dropped at a time is a small part of what is kept. */
const SEGMENTS = 16;
const LAYOUT_TRIES = 10;

/** A file that has the log's bytes `start`..`end`. */
export interface LogSegment {
  path: string;
  start: number;
  end: number;
}

/** The log as it is: the segments by offset, the log itself last. */
export interface LogLayout {
  segments: LogSegment[];
  /** What tells the log's file from the one that takes its place; 0 where there is none. */
  inode: number;
}

export function layoutOf(path: string): LogLayout {
  for (let tries = 1; ; tries++) {
    const ends = segmentEnds(path);
    const log = statSync(path, { throwIfNoEntry: false });
    // The log was put aside between the two looks: its bytes would be counted twice, or not at all.
    if (segmentEnds(path).at(-1) !== ends.at(-1) && tries < LAYOUT_TRIES) continue;
    const segments = ends.flatMap((end) => {
      const size = statSync(segmentPath(path, end), { throwIfNoEntry: false })?.size ?? 0;
      return size === 0 ? [] : [{ path: segmentPath(path, end), start: Math.max(0, end - size), end }];
    });
    const start = ends.at(-1) ?? 0;
    return { segments: [...segments, { path, start, end: start + (log?.size ?? 0) }], inode: log?.ino ?? 0 };
  }
}

/** Removes a log with all of its segments. */
export function removeLog(path: string): void {
  for (const end of segmentEnds(path)) rmSync(segmentPath(path, end), { force: true });
  rmSync(path, { force: true });
}

function segmentPath(path: string, end: number): string {
  return `${path}.${end}`;
}

/** The end offsets of the segments, in order. */
function segmentEnds(path: string): number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d{1,16}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

/** Logs that share a limit in bytes: the largest gives up its oldest segment first. */
export class LogGroup {
  readonly #limitBytes: () => number;
  readonly #logs: BoundedLog[] = [];

  constructor(limitBytes: () => number) {
    this.#limitBytes = limitBytes;
  }

  add(path: string): BoundedLog {
    const log = new BoundedLog(path, this);
    this.#logs.push(log);
    return log;
  }

  get segmentBytes(): number {
    return Math.max(1, Math.floor(this.#limitBytes() / SEGMENTS));
  }

  /** Makes room for one segment of each log. The newest segment of a log stays: it says where the log begins. */
  makeRoom(): void {
    const reserve = this.segmentBytes * this.#logs.length;
    while (this.#logs.reduce((sum, log) => sum + log.asideBytes, 0) + reserve > this.#limitBytes()) {
      const largest = this.#logs.filter((log) => log.canDrop).sort((a, b) => b.asideBytes - a.asideBytes)[0];
      if (!largest) return;
      largest.dropOldest();
    }
  }
}

/** The writer of one log. */
export class BoundedLog {
  readonly #path: string;
  readonly #group: LogGroup;
  #aside: LogSegment[];
  #file: number;
  /** Offset of the log's first byte, and its size. */
  #start: number;
  #size: number;

  constructor(path: string, group: LogGroup) {
    this.#path = path;
    this.#group = group;
    const { segments } = layoutOf(path);
    const log = segments.at(-1) ?? { start: 0, end: 0 };
    this.#aside = segments.slice(0, -1);
    this.#start = log.start;
    this.#size = log.end - log.start;
    this.#file = openRegularSync(path, "a");
  }

  get asideBytes(): number {
    return this.#aside.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  get canDrop(): boolean {
    return this.#aside.length > 1;
  }

  dropOldest(): void {
    const oldest = this.#aside.shift();
    if (oldest) rmSync(oldest.path, { force: true });
  }

  /** Throws what writing throws; what was written before that stays. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const room = this.#group.segmentBytes - this.#size;
      if (room <= 0) {
        this.#putAside();
        continue;
      }
      const written = writeSync(this.#file, bytes, at, Math.min(room, bytes.length - at));
      this.#size += written;
      at += written;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #putAside(): void {
    const end = this.#start + this.#size;
    const aside = { path: segmentPath(this.#path, end), start: this.#start, end };
    renameSync(this.#path, aside.path);
    closeSync(this.#file);
    this.#file = openRegularSync(this.#path, "a");
    this.#aside.push(aside);
    this.#start = end;
    this.#size = 0;
    this.#group.makeRoom();
  }
}
