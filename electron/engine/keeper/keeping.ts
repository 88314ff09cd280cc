/**
 * The machines whose output is kept: each pipe is read and written on to its bounded log. Memory is bounded by the pieces
 * that are read at a time; what can't be written is dropped, as QEMU itself would do with a full disk.
 */

import { copyFileSync, readSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { Socket } from "node:net";
import { captureFile, captureFullMarker, type InstanceFiles, instanceFiles } from "../hypervisors/instance-files.ts";
import { capturedCardsIn, capturePipe, openToRead, type PipeName, pipesIn } from "../hypervisors/pipes.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { appendRegularSync } from "../lib/open-regular.ts";
import { BoundedCapture } from "./bounded-capture.ts";
import { type BoundedLog, LogGroup, layoutOf } from "./bounded-log.ts";
import { EventBudget } from "./event-budget.ts";
import type { Limits } from "./protocol.ts";

const PIECE_BYTES = 64 << 10;
const LOOK_EVERY_MS = 250;
/** More than a pipe can hold, so that reading it out ends while its writer lives. */
const MAX_PIECES_TO_READ_OUT = 64;
/** QEMU's own messages, of which a guest can provoke many, start over beyond this. */
const MAX_QEMU_LOG_BYTES = 4 << 20;

/** What comes is written on before the next piece is read, so all pipes share one buffer; `readNow` has its own. */
const arriving = Buffer.alloc(PIECE_BYTES);
const present = Buffer.alloc(PIECE_BYTES);

export interface KeepOptions {
  run: number;
  plain: boolean;
}

export class Keeping {
  limits: Limits;
  readonly #kept = new Map<string, KeptMachine>();
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY_MS);

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get isIdle(): boolean {
    return this.#kept.size === 0;
  }

  keep(folder: string, { run, plain }: KeepOptions): void {
    const present = this.#kept.get(folder);
    if (present?.run === run) {
      present.lookForCaptures();
      return;
    }
    present?.close();
    if (!statSync(folder, { throwIfNoEntry: false })) return;
    const machine = new KeptMachine(instanceFiles(folder, folder), run, plain, () => this.limits);
    this.#kept.set(folder, machine);
    // What is left of an older version's machine ends when an engine says so.
    if (!plain) void machine.over.then(() => this.#forget(folder, machine));
  }

  /** Settles when all that the machine wrote is in its logs. */
  async settle(folder: string): Promise<void> {
    const machine = this.#kept.get(folder);
    if (!machine) return;
    if (machine.plain) this.#forget(folder, machine);
    machine.readOut();
    await machine.over;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const [folder, machine] of this.#kept) this.#forget(folder, machine);
  }

  #forget(folder: string, machine: KeptMachine): void {
    machine.close();
    if (this.#kept.get(folder) === machine) this.#kept.delete(folder);
  }

  #look(): void {
    for (const [folder, machine] of this.#kept) {
      if (statSync(folder, { throwIfNoEntry: false })) tryToWrite(() => machine.look());
      // Deleted with all that would be written to.
      else this.#forget(folder, machine);
    }
  }
}

/** What writes on the bytes of one pipe. */
interface Sink {
  take(bytes: Buffer): void;
  finish(): void;
}

class KeptMachine {
  readonly run: number;
  readonly plain: boolean;
  /** Settles when all pipes have been read to their ends. */
  readonly over: Promise<void>;
  readonly #files: InstanceFiles;
  readonly #limits: () => Limits;
  readonly #streams: Stream[] = [];
  readonly #captures = new Map<string, Stream>();

  constructor(files: InstanceFiles, run: number, plain: boolean, limits: () => Limits) {
    this.run = run;
    this.plain = plain;
    this.#files = files;
    this.#limits = limits;
    if (!plain) this.#openStreams();
    tryToWrite(() => this.lookForCaptures());
    this.over = Promise.all(this.#streams.map(({ ended }) => ended)).then(() => undefined);
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
    for (const card of [...this.#captures.keys()]) this.#endCapture(card);
  }

  /** Takes all that is there. */
  readOut(): void {
    for (const stream of this.#streams) while (stream.readNow());
  }

  /** Reads the pipes of captures that there are; one whose pipe has been removed has ended. */
  lookForCaptures(): void {
    const cards = capturedCardsIn(this.#files.folder);
    for (const card of [...this.#captures.keys()]) if (!cards.includes(card)) this.#endCapture(card);
    for (const card of cards) {
      if (this.#captures.get(card)?.isOpen) continue;
      const file = openToRead(capturePipe(this.#files.folder, card));
      if (file < 0) continue;
      const paths = { file: captureFile(this.#files, card), fullMarker: captureFullMarker(this.#files, card) };
      const capture = new BoundedCapture(paths, () => this.#limits().capture);
      const sink = { take: (bytes: Buffer) => capture.append(bytes), finish: () => capture.close() };
      this.#captures.set(card, new Stream(file, sink, undefined));
    }
  }

  #endCapture(card: string): void {
    const stream = this.#captures.get(card);
    for (let i = 0; i < MAX_PIECES_TO_READ_OUT && stream?.readNow(); i++);
    stream?.close();
    this.#captures.delete(card);
  }

  look(): void {
    for (const stream of this.#streams) stream.readNow();
    const { qemuLog, serialLog, virtioLog, trace } = this.#files;
    // QEMU appends: it goes on at the new beginning.
    if (sizeOf(qemuLog) > MAX_QEMU_LOG_BYTES) truncateSync(qemuLog, 0);
    if (!this.plain) return;
    const { console: consoleBytes, trace: traceBytes } = this.#limits();
    for (const log of [serialLog, virtioLog]) cutPlainLog(log, consoleBytes / 2);
    cutPlainLog(trace, traceBytes);
  }

  #openStreams(): void {
    const { serialLog, virtioLog, trace, events, engineLog } = this.#files;
    const output = new LogGroup(() => this.#limits().console);
    const traced = new LogGroup(() => this.#limits().trace);
    const serial = this.#open("serial", logSink(output.add(serialLog)));
    // What a kernel says before its program does comes first.
    this.#open("virtio", logSink(output.add(virtioLog)), () => serial?.readNow());
    this.#open("events", eventSink(events, engineLog));
    this.#open("trace", logSink(traced.add(trace)));
  }

  #open(name: PipeName, sink: Sink, before?: () => void): Stream | undefined {
    const file = openToRead(pipesIn(this.#files.folder)[name]);
    if (file < 0) return undefined;
    const stream = new Stream(file, sink, before);
    this.#streams.push(stream);
    return stream;
  }
}

/** A pipe that is read to its end. */
class Stream {
  /** Never rejects. */
  readonly ended: Promise<void>;
  readonly #file: number;
  readonly #sink: Sink;
  readonly #socket: Socket;

  constructor(file: number, sink: Sink, before: (() => void) | undefined) {
    this.#file = file;
    this.#sink = sink;
    const callback = (length: number, bytes: Uint8Array): boolean => {
      before?.();
      this.#take(Buffer.from(bytes.buffer, bytes.byteOffset, length));
      return true;
    };
    this.#socket = new Socket({ fd: file, readable: true, writable: false, onread: { buffer: arriving, callback } });
    this.#socket.resume();
    this.#socket.on("error", () => this.#socket.destroy());
    this.ended = new Promise((resolve) => {
      this.#socket.once("close", () => {
        tryToWrite(() => this.#sink.finish());
        resolve();
      });
    });
  }

  /**
   * Takes what is there at this moment, one piece of it at most; true where there may be more. The end of a pipe whose
   * writer had gone before it was opened is seen only so: no event tells it.
   */
  readNow(): boolean {
    if (this.#socket.destroyed || this.#socket.readableEnded) return false;
    let length: number;
    try {
      length = readSync(this.#file, present);
    } catch (error) {
      // EAGAIN: nothing is there.
      if (systemErrorCode(error) === undefined) throw error;
      return false;
    }
    if (length === 0) this.#socket.destroy();
    else this.#take(present.subarray(0, length));
    return length > 0;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    tryToWrite(() => this.#sink.take(bytes));
  }
}

/** A full disk, or a folder that is being deleted, must not end the keeper of all others. */
function tryToWrite(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

function logSink(log: BoundedLog): Sink {
  return { take: (bytes) => log.append(bytes), finish: () => log.close() };
}

function eventSink(path: string, engineLog: string): Sink {
  const budget = new EventBudget();
  const write = (bytes: Buffer) => {
    if (bytes.length > 0) appendRegularSync(path, bytes);
  };
  return {
    take: (bytes) => write(budget.take(bytes)),
    finish: () => {
      write(budget.finish());
      if (budget.dropped === 0) return;
      const text = `The guest sent too many events: ${budget.dropped} lines of them were dropped`;
      appendRegularSync(engineLog, `${JSON.stringify({ at: Date.now(), text })}\n`);
    },
  };
}

/**
 * Bounds a log that QEMU writes itself. Bytes that come between copying and emptying are lost; only machines that an older
 * version has started have such logs.
 */
function cutPlainLog(path: string, limitBytes: number): void {
  const { segments } = layoutOf(path);
  const log = segments.at(-1);
  if (!log || log.end - log.start < limitBytes / 2) return;
  const copy = `${path}.cutting`;
  copyFileSync(path, copy);
  const end = log.start + sizeOf(copy);
  renameSync(copy, `${path}.${end}`);
  truncateSync(path, 0);
  for (const { path: older } of segments.slice(0, -1)) rmSync(older, { force: true });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
