/**
 * The pipes between a machine and the keeper: named pipes in the instance's folder, which QEMU has in place of files. A
 * full pipe makes QEMU wait, so the guest is slowed to the keeper's pace and nothing else grows.
 */

import { execFile } from "node:child_process";
import { closeSync, constants, lstatSync, openSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export const pipeNames = ["serial", "virtio", "events", "trace"] as const;
export type PipeName = (typeof pipeNames)[number];
export type Pipes = Record<PipeName, string>;

const files: Pipes = { serial: "serial.pipe", virtio: "console.pipe", events: "events.pipe", trace: "trace.pipe" };

export function pipesIn(folder: string): Pipes {
  const { serial, virtio, events, trace } = files;
  const path = (name: string) => join(folder, name);
  return { serial: path(serial), virtio: path(virtio), events: path(events), trace: path(trace) };
}

const CAPTURE_PIPE = /^capture-([A-Za-z][\w.-]*)\.pipe$/;

/** What QEMU writes the captured packets of a network card to. It is there for as long as they are captured. */
export function capturePipe(folder: string, card: string): string {
  return join(folder, `capture-${card}.pipe`);
}

/** The cards of an instance's folder that have such a pipe. */
export function capturedCardsIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => CAPTURE_PIPE.exec(name)?.[1] ?? []);
}

/** Whether a pipe belongs at this place of an instance's folder. */
export function isPipeOf(folder: string, name: string): boolean {
  return CAPTURE_PIPE.test(name) || Object.values(pipesIn(folder)).includes(join(folder, name));
}

/** Makes those that are not there; Node itself can't. Throws what the program `mkfifo` throws. */
export async function makePipes(paths: readonly string[]): Promise<void> {
  const missing = paths.filter((path) => !isOwnPipe(path));
  if (missing.length === 0) return;
  await Promise.all(missing.map((path) => rm(path, { recursive: true, force: true })));
  await promisify(execFile)("mkfifo", ["-m", "600", ...missing]);
}

/** Never follows a link. */
export function isOwnPipe(path: string): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isFIFO() === true && facts.uid === userInfo().uid;
}

/** Opens a pipe for reading, whether or not somebody writes; -1 where there is none. */
export function openToRead(path: string): number {
  if (!isOwnPipe(path)) return -1;
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

/**
 * Descriptors that keep a machine's pipes usable while no keeper reads. The machine inherits those of `inherited`: each is
 * a reader too, so that it can open its pipes at once and is never told that nobody reads. Those that we hold ourselves
 * keep what is in the pipes when the machine ends before a keeper has read it.
 */
export class PipeHold {
  #inherited: number[];
  #held: number[];

  private constructor(inherited: number[], held: number[]) {
    this.#inherited = inherited;
    this.#held = held;
  }

  static forLaunch(pipes: readonly string[]): PipeHold {
    const both = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    const inherited = pipes.map((path) => openSync(path, both));
    return new PipeHold(inherited, readersOf(pipes));
  }

  static ofRunning(pipes: readonly string[]): PipeHold {
    return new PipeHold([], readersOf(pipes));
  }

  get inherited(): readonly number[] {
    return this.#inherited;
  }

  /** The machine has them now, or will never. */
  handedOver(): void {
    for (const file of this.#inherited.splice(0)) closeSync(file);
  }

  release(): void {
    this.handedOver();
    for (const file of this.#held.splice(0)) closeSync(file);
  }
}

function readersOf(pipes: readonly string[]): number[] {
  return pipes.map(openToRead).filter((file) => file >= 0);
}
