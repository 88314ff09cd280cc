/**
 * One console out of two logs: where each byte of an instance's console stands in serial.log or console.log.
 *
 * QEMU appends the serial port's output to one file and the virtio console's to another, with or without an engine. The
 * stream that people see is a list of segments, each a piece of one of the files; a byte's offset in it never changes for
 * the instance's life. `console.index` is that list, append-only, one JSON line wherever the stream goes over to the other
 * file or a run begins. The last segment has no end: it goes on as its file grows. Rules that make offsets exact even
 * when the engine dies at any moment:
 *
 * 1. A line is written before a byte behind it is handed out. So whatever was handed out without a line is the
 *    continuation of the last segment, and an engine that comes later gives those bytes the same offsets.
 * 2. The present segment is carried on as far as its file goes before the stream goes over to the other file, which then
 *    had bytes already. So what a kernel says on the serial port before it has a virtio console comes first.
 * 3. A run begins with a segment of the serial port. All bytes of the runs before it stand before it.
 *
 * Offsets in a log count from the log's first byte ever. A log that has grown too long is cut (console-trim.ts): what it
 * holds is put aside as `LOG.OFFSET`, named by the offset where it ends, what was put aside before is given up, and the log
 * begins anew. The index notes a cut when it begins, when the aside file is whole, and when the log is empty; so an engine
 * that finds one half-done knows what the log's bytes are.
 */

import { closeSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { Instance } from "../../../shared/contract/instances.ts";
import { appendRegularSync, openRegularSync, readRegularSync } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";

/** Of an index that is read: a line is some dozen bytes. */
const MAX_INDEX_BYTES = 64 << 20;

export const consoleSources = ["serial", "virtio"] as const;
export type ConsoleSource = (typeof consoleSources)[number];
export type ConsoleLogs = Record<ConsoleSource, string>;

const offset = z.number().int().min(0);

const source = z.enum(consoleSources);

const Cut = z.object({
  cut: z.enum(["begun", "copied", "done"]),
  source,
  /** Offset of the log's next byte; of a cut that has only begun, where the cut before ended. */
  to: offset,
});
type Cut = z.infer<typeof Cut>;

const Line = z.object({
  /** Offset in the stream where this segment begins. */
  at: offset,
  source,
  /** Offset in the source's log. */
  from: offset,
  /** Present where a run begins: what of the other files belongs to it. */
  run: z
    .object({
      number: z.number().int().min(1),
      /** Milliseconds since 1970. */
      startedAt: z.number().positive(),
      /** Sizes of events.jsonl and qemu.log before the run. */
      eventsFrom: offset,
      saidFrom: offset,
      /** How the machine was started: the record may not know yet when the engine dies. */
      start: Instance.pick({ accelerator: true, ports: true, commandLine: true }).partial().optional(),
    })
    .optional(),
});
type Line = z.infer<typeof Line>;
export type Run = NonNullable<Line["run"]>;

/** A piece of the stream that lies in one file. */
export interface Piece {
  path: string;
  /** Where it begins in that file. */
  from: number;
  length: number;
}

/** What of a log is still there: `aside`..`base` in a file of its own, the rest in the log itself. */
interface Kept {
  aside: number;
  base: number;
}

export class ConsoleIndex {
  readonly #path: string;
  readonly #logs: ConsoleLogs;
  readonly #lines: Line[];
  readonly #kept: Record<ConsoleSource, Kept> = { serial: { aside: 0, base: 0 }, virtio: { aside: 0, base: 0 } };
  /** Whether an engine died while it cut a log; it may have held the machine still for that. */
  readonly wasCutting: boolean;
  /** How many cuts there were: what `locate` said before one does not hold after it. */
  cuts = 0;
  /** How far each log has been taken into the stream. */
  readonly #taken: Record<ConsoleSource, number> = { serial: 0, virtio: 0 };
  #total = 0;

  /** Reads the index as it is; what a dying engine left half-written at its end is cut off. */
  constructor(path: string, logs: ConsoleLogs) {
    this.#path = path;
    this.#logs = logs;
    const { lines, cuts } = readLines(path);
    this.#lines = lines;
    for (const cut of cuts) this.#takeCut(cut);
    const unfinished = cuts.at(-1);
    this.wasCutting = unfinished !== undefined && unfinished.cut !== "done";
    if (this.wasCutting && unfinished) this.#finishCut(unfinished);
    for (const [i, line] of this.#lines.entries()) {
      const next = this.#lines[i + 1];
      const length = next ? next.at - line.at : 0;
      this.#taken[line.source] = Math.max(this.#taken[line.source], line.from + length);
      this.#total = line.at;
    }
  }

  /** Bytes in the stream, as of the last `grow`. */
  get total(): number {
    return this.#total;
  }

  /** The latest run, and the offset where it begins in the stream. */
  get latestRun(): (Run & { at: number }) | undefined {
    const line = this.#lines.findLast((candidate) => candidate.run);
    return line?.run && { ...line.run, at: line.at };
  }

  /** Ends the segment of the run before and begins that of a new one. Before QEMU is started. */
  beginRun(run: Run): void {
    this.grow();
    this.#append({ at: this.#total, source: "serial", from: this.#taken.serial, run });
  }

  /** Takes what the logs have grown by into the stream; says whether there was anything. */
  grow(): boolean {
    const before = this.#total;
    const current = this.#lines.at(-1);
    // Without a run there is nothing to show, whatever lies there.
    if (!current) return false;
    const other = current.source === "serial" ? "virtio" : "serial";
    // In this order: what was written before the other log's bytes is then in the present one's size (rule 2).
    const otherSize = this.#grownTo(other);
    const currentSize = this.#grownTo(current.source);
    this.#take(current.source, currentSize);
    if (otherSize > this.#taken[other]) {
      this.#append({ at: this.#total, source: other, from: this.#taken[other] });
      this.#take(other, otherSize);
    }
    return this.#total > before;
  }

  /**
   * Where the first bytes from `offset` on are that are still there, as far as they lie in one piece, and their offset;
   * undefined at the stream's end.
   */
  locate(offset: number): (Piece & { source: ConsoleSource; at: number }) | undefined {
    for (let i = this.#segmentAt(offset), at = offset; at < this.#total; i++) {
      const line = this.#lines[i];
      if (!line) return undefined;
      const end = this.#lines[i + 1]?.at ?? this.#total;
      const { aside, base } = this.#kept[line.source];
      at += Math.max(0, aside - (line.from + (at - line.at)));
      const from = line.from + (at - line.at);
      const isAside = from < base;
      const length = Math.min(end - at, isAside ? base - from : Number.POSITIVE_INFINITY);
      const path = isAside ? asidePath(this.#logs[line.source], base) : this.#logs[line.source];
      if (length > 0) return { source: line.source, path, from: from - (isAside ? aside : base), length, at };
      at = end;
    }
    return undefined;
  }

  /** The run that begins with the byte at `offset`, if one does; of several without a byte, the last. */
  runAt(offset: number): Pick<Run, "number" | "startedAt"> | undefined {
    for (let i = this.#segmentAt(offset); this.#lines[i]?.at === offset; i--) {
      const { number, startedAt } = this.#lines[i]?.run ?? {};
      if (number !== undefined && startedAt !== undefined) return { number, startedAt };
    }
    return undefined;
  }

  /** Bytes in the log itself. */
  logBytes(source: ConsoleSource): number {
    return sizeOf(this.#logs[source]);
  }

  /** Where what the log holds now is put aside. */
  nextAside(source: ConsoleSource): string {
    return asidePath(this.#logs[source], this.#grownTo(source));
  }

  /** Where the log's earlier bytes are. */
  presentAside(source: ConsoleSource): string {
    return asidePath(this.#logs[source], this.#kept[source].base);
  }

  /** Notes a step of a cut of `source`: `copied` when all of the log is aside, `done` when it is empty, or will not be cut. */
  noteCut(source: ConsoleSource, cut: Cut["cut"]): void {
    const line: Cut = { cut, source, to: cut === "copied" ? this.#grownTo(source) : this.#kept[source].base };
    appendRegularSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#takeCut(line);
  }

  #takeCut({ cut, source, to }: Cut): void {
    if (cut !== "copied") return;
    this.#kept[source] = { aside: this.#kept[source].base, base: to };
    this.cuts++;
  }

  /** What an engine that died has left: the log is full or empty, and nothing was written to it since. */
  #finishCut({ cut, source }: Cut): void {
    const { aside, base } = this.#kept[source];
    if (cut === "copied" && this.logBytes(source) === base - aside) truncateSync(this.#logs[source], 0);
    this.noteCut(source, "done");
  }

  /** The last segment that begins at or before `offset`. An empty one has its successor at the same offset. */
  #segmentAt(offset: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle]?.at ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Offset of the log's next byte. */
  #grownTo(source: ConsoleSource): number {
    return this.#kept[source].base + this.logBytes(source);
  }

  #take(source: ConsoleSource, size: number): void {
    const growth = Math.max(0, size - this.#taken[source]);
    this.#taken[source] += growth;
    this.#total += growth;
  }

  #append(line: Line): void {
    appendRegularSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#lines.push(line);
  }
}

/** Makes the logs, empty, where they are not: a file must exist to be watched. */
export function makeEmptyFiles(paths: string[]): void {
  for (const path of paths) closeSync(openRegularSync(path, "a"));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const asidePath = (log: string, to: number) => `${log}.${to}`;

interface Lines {
  lines: Line[];
  cuts: Cut[];
}

/** Reads up to the first line that is none; what is behind it is cut off. */
function readLines(path: string): Lines {
  const read: Lines = { lines: [], cuts: [] };
  if (sizeOf(path) === 0) return read;
  const text = readRegularSync(path, MAX_INDEX_BYTES);
  const good: string[] = [];
  for (const row of text.split("\n")) {
    const line = parseLine(row);
    if (!line) break;
    if ("cut" in line) read.cuts.push(line);
    else if (line.at >= (read.lines.at(-1)?.at ?? 0)) read.lines.push(line);
    else break;
    good.push(`${row}\n`);
  }
  // A line without its newline would swallow the next one.
  if (good.join("") !== text) writeFileSync(path, good.join(""), { mode: 0o600 });
  return read;
}

function parseLine(row: string): Line | Cut | undefined {
  return z.union([Cut, Line]).safeParse(parseJson(row)).data;
}
