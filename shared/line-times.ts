/** Puts before each line of a console the moment at which it came, as far as that is known. */

import type { ConsoleChunk } from "./contract/instances.ts";

const NEWLINE = 0x0a;

/** A piece of a console, its bytes as they are. */
interface Piece extends Pick<ConsoleChunk, "offset" | "times"> {
  bytes: Uint8Array;
}

export class LineTimes {
  readonly #format: (moment: number | null) => string;
  #atLineStart = true;
  #moment: number | null = null;

  /** `format`: what stands before a line; of no moment, where nobody watched. */
  constructor(format: (moment: number | null) => string) {
    this.#format = format;
  }

  /** The piece's bytes with times in between. */
  *add({ offset, bytes, times }: Piece): Generator<Uint8Array | string> {
    const marks = [...times];
    for (let at = 0; at < bytes.length; ) {
      for (let next = marks[0]; next && next[0] <= offset + at; next = marks[0]) {
        this.#moment = next[1];
        marks.shift();
      }
      if (this.#atLineStart) yield this.#format(this.#moment);
      const newline = bytes.indexOf(NEWLINE, at);
      this.#atLineStart = newline >= 0;
      const end = newline < 0 ? bytes.length : newline + 1;
      yield bytes.subarray(at, end);
      at = end;
    }
  }
}
