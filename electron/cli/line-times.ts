/** Puts before each line of a console the moment at which it came, as far as that is known. */

import type { ConsoleChunk } from "../../shared/contract/instances.ts";

const NEWLINE = 0x0a;

export class LineTimes {
  #atLineStart = true;
  #moment: number | null = null;

  /** The chunk's bytes with times in between. */
  add({ offset, bytes, times }: ConsoleChunk): Buffer {
    const text = Buffer.from(bytes, "base64");
    const marks = [...times];
    const pieces: Buffer[] = [];
    for (let at = 0; at < text.length; ) {
      for (let next = marks[0]; next && next[0] <= offset + at; next = marks[0]) {
        this.#moment = next[1];
        marks.shift();
      }
      if (this.#atLineStart) pieces.push(Buffer.from(`${formatMoment(this.#moment)} `));
      const newline = text.indexOf(NEWLINE, at);
      this.#atLineStart = newline >= 0;
      const end = newline < 0 ? text.length : newline + 1;
      pieces.push(text.subarray(at, end));
      at = end;
    }
    return Buffer.concat(pieces);
  }
}

/** `2026-11-24T04:05:06.789Z`, or as many spaces. */
function formatMoment(moment: number | null): string {
  return moment === null ? " ".repeat(24) : new Date(moment).toISOString();
}
