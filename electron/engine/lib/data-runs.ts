/**
 * Where a file of the host has data, and where holes that read as zeros.
 *
 * Node can't ask the file system (no lseek with SEEK_DATA), but qemu-img can. Small files are read instead, which is quicker
 * than a process, and so is all where there is no qemu-img: then blocks of zeros count as holes.
 */

import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { findProgram } from "./find-program.ts";

/** Where data begins and ends, in bytes: [start, end, start, end …], by rising start. */
export type DataRuns = Float64Array;

export interface DataRunsOptions {
  signal?: AbortSignal | undefined;
  /** Without it, that of the `PATH`. */
  qemuImg?: string | undefined;
}

/** Up to this size a file is read. */
const SCAN_BYTES = 4 << 20;
const PIECE_BYTES = 1 << 20;
const BLOCK_BYTES = 4096;
/** Smaller holes are stored as zeros: each costs more in the tree. */
const LEAST_HOLE_BYTES = 64 << 10;
/** With more runs than these the holes have to be larger: what is known of a file stays within a megabyte. */
const MAX_RUNS = 65_536;
const LIMIT_MS = 120_000;

const zeros = Buffer.alloc(BLOCK_BYTES);

/** The runs of the file at `path`, which has `sizeBytes`. Throws what opening and reading throw, and the signal's reason. */
export async function dataRunsOf(
  path: Buffer | string,
  sizeBytes: number,
  options: DataRunsOptions = {},
): Promise<DataRuns> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const program = sizeBytes > SCAN_BYTES ? (options.qemuImg ?? (await findProgram("qemu-img"))) : undefined;
  const asked = program === undefined ? undefined : await askQemu(program, file, sizeBytes, options.signal);
  return asked ?? (await scan(file, sizeBytes, options.signal));
}

/** Undefined where qemu-img does not answer as it should. */
async function askQemu(
  program: string,
  file: FileHandle,
  sizeBytes: number,
  signal?: AbortSignal,
): Promise<DataRuns | undefined> {
  signal?.throwIfAborted();
  // By its descriptor: a name may be any bytes, and may lead elsewhere by now.
  const words = ["map", "-U", "-f", "raw", "--output=json", "/dev/fd/3"];
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "ignore", file.fd],
    timeout: LIMIT_MS,
    ...(signal && { signal }),
  });
  const ended = new Promise<number | null>((resolve) =>
    child.once("close", resolve).once("error", () => resolve(null)),
  );
  const runs = new Runs();
  let end = 0;
  const { stdout } = child;
  const { createInterface } = await import("node:readline");
  if (stdout)
    for await (const line of createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      const start = numberIn(line, "start");
      const length = numberIn(line, "length");
      if (start === undefined || length === undefined) continue;
      if (start !== end) break;
      end = start + length;
      if (/"data": *true/.test(line) && !/"zero": *true/.test(line)) runs.add(start, Math.min(end, sizeBytes));
    }
  const code = await ended;
  signal?.throwIfAborted();
  return code === 0 && end >= sizeBytes ? runs.result() : undefined;
}

function numberIn(line: string, name: string): number | undefined {
  const digits = new RegExp(`"${name}": *(\\d{1,15})`).exec(line)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

async function scan(file: FileHandle, sizeBytes: number, signal?: AbortSignal): Promise<DataRuns> {
  const runs = new Runs();
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let at = 0; at < sizeBytes; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) break;
    for (let block = 0; block < bytesRead; block += BLOCK_BYTES) {
      const end = Math.min(block + BLOCK_BYTES, bytesRead);
      if (piece.compare(zeros, 0, end - block, block, end) !== 0) runs.add(at + block, at + end);
    }
    at += bytesRead;
  }
  return runs.result();
}

/** Runs as they come, those with a small hole between them joined. */
class Runs {
  #edges: number[] = [];
  #leastHole = LEAST_HOLE_BYTES;

  add(start: number, end: number): void {
    if (end <= start) return;
    const last = this.#edges.length - 1;
    if (last > 0 && start - (this.#edges[last] ?? 0) < this.#leastHole) this.#edges[last] = end;
    else this.#edges.push(start, end);
    while (this.#edges.length > 2 * MAX_RUNS) this.#coarsen();
  }

  result(): DataRuns {
    return Float64Array.from(this.#edges);
  }

  #coarsen(): void {
    this.#leastHole *= 2;
    const before = this.#edges;
    this.#edges = [];
    for (let at = 0; at < before.length; at += 2) this.add(before[at] ?? 0, before[at + 1] ?? 0);
  }
}
