/** An instance's console as a stream: read from any byte on, and followed as it grows. Bytes are bytes: nothing is decoded. */

import { EventEmitter, once } from "node:events";
import type { ConsoleChunk } from "../../../shared/contract/instances.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { openRegular } from "../lib/open-regular.ts";
import { ConsoleIndex, type ConsoleLogs, makeEmptyFiles, type Piece, type Run } from "./console-index.ts";
import { ConsoleTimes } from "./console-times.ts";

/** The largest chunk. A reader holds one at a time, so memory does not grow with what the guest prints. */
const CHUNK_BYTES = 64 << 10;

export interface ConsoleOptions {
  indexPath: string;
  timesPath: string;
  logs: ConsoleLogs;
  /** The part that the serial port's bytes are: `kernel` where the guest has a virtio console too. */
  serialPart: ConsoleChunk["part"];
  /** Told when the index can't be written; the console waits until it can. */
  warn?: (sentence: string) => void;
}

export interface ReadOptions {
  /** Where to begin. Beyond the present end: there, as soon as it exists. */
  from?: number;
  /** Goes on as the console grows, until it is closed. */
  follow?: boolean;
  /** Ends after so many bytes. */
  maxBytes?: number | undefined;
  signal?: AbortSignal | undefined;
}

export class Console {
  readonly #index: ConsoleIndex;
  readonly #times: ConsoleTimes;
  readonly #options: ConsoleOptions;
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #isClosed = false;
  #hasWarned = false;

  /** Throws what making and reading the files throws. */
  constructor(options: ConsoleOptions) {
    this.#options = options;
    makeEmptyFiles(Object.values(options.logs));
    this.#index = new ConsoleIndex(options.indexPath, options.logs);
    this.#index.grow();
    this.#times = new ConsoleTimes(options.timesPath, this.#index.total);
  }

  get totalBytes(): number {
    return this.#index.total;
  }

  get latestRun(): (Run & { at: number }) | undefined {
    return this.#index.latestRun;
  }

  /** Before QEMU is started. */
  beginRun(run: Run): void {
    this.#index.beginRun(run);
  }

  /** Looks at the logs; wakes the readers and says true where they have grown. */
  grow(): boolean {
    let hasGrown = false;
    const known = this.#index.total;
    try {
      hasGrown = this.#index.grow();
      if (hasGrown) this.#times.mark(known, this.#index.total);
      this.#hasWarned = false;
    } catch (error) {
      // A full disk: what was not noted is not handed out, and is tried again with the next growth.
      if (!this.#hasWarned) this.#options.warn?.(`The console cannot continue: ${String(error)}`);
      this.#hasWarned = true;
    }
    if (hasGrown) this.#emitter.emit("change");
    return hasGrown;
  }

  /** Whether nobody reads it any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends all streams: the instance is being deleted, or the engine goes. */
  close(): void {
    this.#isClosed = true;
    this.#emitter.emit("change");
  }

  async *read({ from = 0, follow = false, maxBytes, signal }: ReadOptions = {}): AsyncGenerator<ConsoleChunk, void> {
    let offset = from;
    let left = maxBytes ?? Number.POSITIVE_INFINITY;
    this.grow();
    for (;;) {
      while (!this.#isClosed && !signal?.aborted) {
        if (left <= 0) return;
        const { generation } = this.#index;
        const piece = this.#index.locate(offset);
        const bytes = piece && (await readPiece(piece, left));
        this.#index.refresh(piece !== undefined && bytes === undefined);
        // The log was put aside meanwhile, or a segment dropped: those bytes are elsewhere now, or gone.
        if (this.#index.generation !== generation) continue;
        if (!piece || !bytes || bytes.length === 0) break;
        offset = piece.at;
        const part = piece.source === "serial" ? this.#options.serialPart : "program";
        const times = await this.#times.between(offset, offset + bytes.length);
        const run = this.#index.runAt(offset);
        yield { offset, bytes, part, times, ...(run && { run }) };
        offset += bytes.length;
        left -= bytes.length;
      }
      if (!follow || this.#isClosed || signal?.aborted) return;
      await this.#growthBeyond(offset, signal);
    }
  }

  /** Waits for a byte at `offset`, the end, or the abort. */
  async #growthBeyond(offset: number, signal: AbortSignal | undefined): Promise<void> {
    const seen = this.#index.total;
    while (!this.#isClosed && !signal?.aborted) {
      try {
        await once(this.#emitter, "change", signal ? { signal } : {});
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
      if (this.#index.total > Math.max(offset, seen)) return;
    }
  }
}

/** Opened for each piece: a reader that stops holds no file that has been dropped. Undefined where it has been. */
async function readPiece({ path, from, length }: Piece, maxBytes: number): Promise<Buffer | undefined> {
  try {
    await using file = await openRegular(path);
    const buffer = Buffer.allocUnsafe(Math.min(length, maxBytes, CHUNK_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
