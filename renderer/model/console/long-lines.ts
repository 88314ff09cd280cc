/**
 * Ends lines that would never end. A terminal keeps a line however often it wraps; searching and reflowing one of
 * megabytes would stop the window. Only what is on screen is broken: the log that is saved stays as it was written.
 */

/** Longer than any line that people read; short enough that hundreds of wrapped rows are the most. */
const LONGEST_LINE_BYTES = 8192;
/** An escape sequence begun so shortly before is not cut in two. */
const SEQUENCE_BYTES = 64;

const ESCAPE = 0x1b;
const NEWLINE = 0x0a;
const BREAK = Uint8Array.of(0x0d, 0x0a);

export class LongLines {
  #length = 0;
  #sinceEscape = SEQUENCE_BYTES;

  /** The same bytes in order, with line breaks between them where a line has become too long. */
  *split(bytes: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === NEWLINE) this.#length = 0;
      else this.#length++;
      this.#sinceEscape = byte === ESCAPE ? 0 : this.#sinceEscape + 1;
      if (this.#length <= LONGEST_LINE_BYTES || this.#sinceEscape < SEQUENCE_BYTES || continuesCharacter(bytes[at + 1]))
        continue;
      yield bytes.subarray(from, at + 1);
      yield BREAK;
      from = at + 1;
      this.#length = 0;
    }
    if (from < bytes.length) yield bytes.subarray(from);
  }
}

/** UTF-8: bytes 10xxxxxx go on with the character before. The end of a piece may be in the middle of one, too. */
const continuesCharacter = (next: number | undefined) => next === undefined || (next & 0xc0) === 0x80;
