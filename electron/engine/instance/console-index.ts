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
 */

import { appendFileSync, closeSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { z } from "zod";
import { Instance } from "../../../shared/contract/instances.ts";

export const consoleSources = ["serial", "virtio"] as const;
export type ConsoleSource = (typeof consoleSources)[number];
export type ConsoleLogs = Record<ConsoleSource, string>;

const offset = z.number().int().min(0);

const Line = z.object({
  /** Offset in the stream where this segment begins. */
  at: offset,
  source: z.enum(consoleSources),
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
  source: ConsoleSource;
  /** Where it begins in that source's log. */
  from: number;
  length: number;
}

export class ConsoleIndex {
  readonly #path: string;
  readonly #logs: ConsoleLogs;
  readonly #lines: Line[];
  /** How far each log has been taken into the stream. */
  readonly #taken: Record<ConsoleSource, number> = { serial: 0, virtio: 0 };
  #total = 0;

  /** Reads the index as it is; what a dying engine left half-written at its end is cut off. */
  constructor(path: string, logs: ConsoleLogs) {
    this.#path = path;
    this.#logs = logs;
    this.#lines = readLines(path);
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
    const otherSize = sizeOf(this.#logs[other]);
    const currentSize = sizeOf(this.#logs[current.source]);
    this.#take(current.source, currentSize);
    if (otherSize > this.#taken[other]) {
      this.#append({ at: this.#total, source: other, from: this.#taken[other] });
      this.#take(other, otherSize);
    }
    return this.#total > before;
  }

  /** Where the bytes from `offset` on are, as far as they lie in one piece; undefined at the stream's end. */
  locate(offset: number): Piece | undefined {
    if (offset >= this.#total) return undefined;
    const i = this.#segmentAt(offset);
    const line = this.#lines[i];
    if (!line) return undefined;
    const end = this.#lines[i + 1]?.at ?? this.#total;
    return { source: line.source, from: line.from + (offset - line.at), length: end - offset };
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

  #take(source: ConsoleSource, size: number): void {
    const growth = Math.max(0, size - this.#taken[source]);
    this.#taken[source] += growth;
    this.#total += growth;
  }

  #append(line: Line): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    this.#lines.push(line);
  }
}

/** Makes the logs, empty, where they are not: a file must exist to be watched. */
export function makeEmptyFiles(paths: string[]): void {
  for (const path of paths) closeSync(openSync(path, "a", 0o600));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readLines(path: string): Line[] {
  if (sizeOf(path) === 0) return [];
  const text = readFileSync(path, "utf8");
  const lines: Line[] = [];
  let good = 0;
  for (const row of text.split("\n")) {
    const line = parseLine(row);
    if (!line || line.at < (lines.at(-1)?.at ?? 0)) break;
    lines.push(line);
    good += Buffer.byteLength(row) + 1;
  }
  // A line without its newline would swallow the next one.
  if (good !== Buffer.byteLength(text)) truncateToLines(path, lines);
  return lines;
}

function truncateToLines(path: string, lines: Line[]): void {
  truncateSync(path, 0);
  appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function parseLine(row: string): Line | undefined {
  try {
    return Line.safeParse(JSON.parse(row)).data;
  } catch {
    return undefined;
  }
}
