/** Keeps an instance's record on the disk in step with the one in memory: one write at a time, the latest wins. */

import { type InstanceRecord, writeRecord } from "./record.ts";

export class RecordKeeper {
  readonly #path: string;
  readonly #warn: (sentence: string) => void;
  #wanted: InstanceRecord | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(path: string, warn: (sentence: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /**
   * Settles when `record`, or one that came after it, is on the disk. A failure is told, not thrown: a full disk is no
   * reason to lose sight of a machine that runs, and the next engine finds it without its record being up to date.
   */
  save(record: InstanceRecord): Promise<void> {
    this.#wanted = record;
    if (!this.#isWriting) this.#writing = this.#writeAll();
    return this.#writing;
  }

  /** Settles when nothing is being written. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#wanted) {
      const record = this.#wanted;
      this.#wanted = undefined;
      try {
        await writeRecord(this.#path, record);
      } catch (error) {
        this.#warn(`The record of the instance ${record.name} could not be saved: ${String(error)}`);
      }
    }
    this.#isWriting = false;
  }
}
