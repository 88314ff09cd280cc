/** The engine's own log: what happened that nobody asked about, and the bugs behind “something went wrong”. */

import { mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { visible, visibleLines } from "../../../shared/visible-text.ts";
import { appendRegularSync } from "./open-regular.ts";

/** A log that grows beyond this is kept as `engine.log.1`, and a new one begins. */
const MAX_BYTES = 4 << 20;
const MAX_LINE_LENGTH = 16_384;

export class EngineLog {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, "engine.log");
  }

  warn(sentence: string): void {
    this.#write("warning", visible(sentence));
  }

  /** A bug, with its stack. */
  error(what: string, error: unknown): void {
    this.#write("error", `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  /** Rare and small, so written at once: a log that is still in memory when the process dies is of no use. */
  #write(level: string, text: string): void {
    const line = `${new Date().toISOString()} ${level} ${visibleLines(text.slice(0, MAX_LINE_LENGTH))}\n`;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES)
        renameSync(this.path, `${this.path}.1`);
      appendRegularSync(this.path, line);
    } catch {
      // A disk that is full or read-only: standard error is what is left, and losing it must not stop the engine.
      process.stderr.write(line);
    }
  }
}
