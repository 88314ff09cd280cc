/** An instance's console as a stream: read from any byte on, and followed as it grows. Bytes are bytes: nothing is decoded. */

import { EventEmitter, once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import type { ConsoleChunk } from "../../../shared/contract/instances.ts";
import {
  ConsoleIndex,
  type ConsoleLogs,
  type ConsoleSource,
  makeEmptyFiles,
  type Piece,
  type Run,
} from "./console-index.ts";

/** The largest chunk. A reader holds one at a time, so memory does not grow with what the guest prints. */
const CHUNK_BYTES = 64 << 10;

export interface ConsoleOptions {
  indexPath: string;
  logs: ConsoleLogs;
  /** The part that the serial port's bytes are: `kernel` where the guest has a virtio console too. */
  serialPart: ConsoleChunk["part"];
  /** Told when the index can't be written; the console stands still until it can. */
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
  readonly #options: ConsoleOptions;
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #isClosed = false;
  #hasWarned = false;

  /** Throws what making and reading the files throws. */
  constructor(options: ConsoleOptions) {
    this.#options = options;
    makeEmptyFiles(Object.values(options.logs));
    this.#index = new ConsoleIndex(options.indexPath, options.logs);
    this.grow();
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
    try {
      hasGrown = this.#index.grow();
      this.#hasWarned = false;
    } catch (error) {
      // A full disk: what was not noted is not handed out, and is tried again with the next growth.
      if (!this.#hasWarned) this.#options.warn?.(`The console can't be carried on: ${String(error)}`);
      this.#hasWarned = true;
    }
    if (hasGrown) this.#emitter.emit("change");
    return hasGrown;
  }

  /** Ends all streams: the instance is being deleted, or the engine goes. */
  close(): void {
    this.#isClosed = true;
    this.#emitter.emit("change");
  }

  async *read({ from = 0, follow = false, maxBytes, signal }: ReadOptions = {}): AsyncGenerator<ConsoleChunk, void> {
    await using files = new OpenLogs(this.#options.logs);
    let offset = from;
    const end = from + (maxBytes ?? Number.POSITIVE_INFINITY);
    this.grow();
    for (;;) {
      while (!this.#isClosed && !signal?.aborted) {
        if (offset >= end) return;
        const piece = this.#index.locate(offset);
        const bytes = piece && (await files.read(piece, end - offset));
        // Nothing where there should be something: the log was cut by somebody else; it is waited for.
        if (!piece || !bytes || bytes.length === 0) break;
        const part = piece.source === "serial" ? this.#options.serialPart : "program";
        yield { offset, bytes: bytes.toString("base64"), part };
        offset += bytes.length;
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

/** The logs that one reader has open; opened when first needed, closed with the reader. */
class OpenLogs {
  readonly #paths: ConsoleLogs;
  readonly #files = new Map<ConsoleSource, FileHandle>();

  constructor(paths: ConsoleLogs) {
    this.#paths = paths;
  }

  async read({ source, from, length }: Piece, maxBytes: number): Promise<Buffer> {
    let file = this.#files.get(source);
    if (!file) {
      file = await open(this.#paths[source], "r");
      this.#files.set(source, file);
    }
    const buffer = Buffer.allocUnsafe(Math.min(length, maxBytes, CHUNK_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }
}
