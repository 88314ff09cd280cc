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
 * Offsets in a log count from the log's first byte ever; what of it is still there is in segments (keeper/bounded-log.ts).
 * The list is bounded too: of very many changes between the two logs the oldest are forgotten, with the bytes there.
 */

import { closeSync, renameSync, statSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { Instance } from "../../../shared/contract/instances.ts";
import { type LogLayout, layoutOf } from "../keeper/bounded-log.ts";
import { appendRegularSync, openRegularSync, readRegularSync } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";

/** Of an index that is read: a line is some dozen bytes. */
const MAX_INDEX_BYTES = 64 << 20;

export const consoleSources = ["serial", "virtio"] as const;
export type ConsoleSource = (typeof consoleSources)[number];
export type ConsoleLogs = Record<ConsoleSource, string>;

const offset = z.number().int().min(0);

const source = z.enum(consoleSources);

/** An older version noted here when it put a log aside. */
const OldCut = z.object({ cut: z.string() });

/** Some two megabytes. */
const MAX_LINES = 32_768;

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
      /** Size of events.jsonl before the run. */
      eventsFrom: offset,
      /** How the machine was started: the record may not know yet when the engine dies. */
      start: Instance.pick({ options: true, ports: true, commandLine: true }).partial().optional(),
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

export class ConsoleIndex {
  readonly #path: string;
  readonly #logs: ConsoleLogs;
  readonly #lines: Line[];
  readonly #layouts: Record<ConsoleSource, LogLayout>;
  /** Changes when a log is put aside or dropped: what `locate` said before does not hold after it. */
  generation = 0;
  /** How far each log has been taken into the stream. */
  readonly #taken: Record<ConsoleSource, number> = { serial: 0, virtio: 0 };
  #total = 0;

  /** Reads the index as it is; what a dying engine left half-written at its end is cut off. */
  constructor(path: string, logs: ConsoleLogs) {
    this.#path = path;
    this.#logs = logs;
    this.#lines = readLines(path);
    this.#layouts = { serial: layoutOf(logs.serial), virtio: layoutOf(logs.virtio) };
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
    this.#refreshLog(other, false);
    this.#refreshLog(current.source, false);
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
      at = Math.max(at, line.at);
      const wanted = line.from + (at - line.at);
      const segment = this.#layouts[line.source].segments.find((one) => one.end > wanted);
      if (segment) {
        const from = Math.max(wanted, segment.start);
        at += from - wanted;
        const length = Math.min(end - at, segment.end - from);
        if (length > 0) return { source: line.source, path: segment.path, from: from - segment.start, length, at };
      }
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

  /** Sees what has become of the logs' files. `isThorough`: also of those that have been dropped. */
  refresh(isThorough = false): void {
    for (const source of consoleSources) this.#refreshLog(source, isThorough);
  }

  #refreshLog(source: ConsoleSource, isThorough: boolean): void {
    const layout = this.#layouts[source];
    const log = layout.segments.at(-1);
    const facts = statSync(this.#logs[source], { throwIfNoEntry: false });
    const isSame = facts !== undefined && facts.ino === layout.inode && log && log.start + facts.size >= log.end;
    if (isSame && !isThorough) {
      log.end = log.start + facts.size;
      return;
    }
    this.#layouts[source] = layoutOf(this.#logs[source]);
    this.generation++;
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
    return this.#layouts[source].segments.at(-1)?.end ?? 0;
  }

  #take(source: ConsoleSource, size: number): void {
    const growth = Math.max(0, size - this.#taken[source]);
    this.#taken[source] += growth;
    this.#total += growth;
  }

  #append(line: Line): void {
    appendRegularSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#forgetOldest();
  }

  /** The latest run begins, from then on, with what is left of it. */
  #forgetOldest(): void {
    const forgotten = this.#lines.splice(0, MAX_LINES / 2);
    const [first] = this.#lines;
    if (!first) return;
    const run = forgotten.findLast((line) => line.run)?.run;
    if (run && !first.run) first.run = run;
    // How far the other log has been taken stands in its latest line, which may be among those.
    const other = first.source === "serial" ? "virtio" : "serial";
    const latest = forgotten.findLastIndex(({ source }) => source === other);
    const line = forgotten[latest];
    if (line) {
      const end = forgotten[latest + 1]?.at ?? first.at;
      this.#lines.unshift({ at: first.at, source: other, from: line.from + (end - line.at) });
    }
    const temporary = `${this.#path}.tmp`;
    writeFileSync(temporary, this.#lines.map((one) => `${JSON.stringify(one)}\n`).join(""), { mode: 0o600 });
    renameSync(temporary, this.#path);
  }
}

/** Makes the logs, empty, where they are not: a file must exist to be watched. */
export function makeEmptyFiles(paths: string[]): void {
  for (const path of paths) closeSync(openRegularSync(path, "a"));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Reads up to the first line that is none; what is behind it is cut off. */
function readLines(path: string): Line[] {
  const lines: Line[] = [];
  if (sizeOf(path) === 0) return lines;
  const text = readRegularSync(path, MAX_INDEX_BYTES);
  const good: string[] = [];
  for (const row of text.split("\n")) {
    const line = parseLine(row);
    if (!line) break;
    if ("cut" in line) continue;
    if (line.at < (lines.at(-1)?.at ?? 0)) break;
    lines.push(line);
    good.push(`${row}\n`);
  }
  // A line without its newline would swallow the next one.
  if (good.join("") !== text) writeFileSync(path, good.join(""), { mode: 0o600 });
  return lines;
}

function parseLine(row: string): Line | z.infer<typeof OldCut> | undefined {
  return z.union([OldCut, Line]).safeParse(parseJson(row)).data;
}
