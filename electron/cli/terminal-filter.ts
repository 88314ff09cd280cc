/**
 * What a guest wrote, for a terminal that is not the guest's: text and colours pass. Everything that steers a terminal is
 * left out: cursor and screen, titles, clipboard (OSC 52), device strings, queries that the terminal would answer.
 *
 * Sequences may be cut anywhere between two pieces. What is kept of one is bounded, and none hides more than its line.
 */

import { escapeByte, escapeBytes, INVISIBLE } from "../../shared/visible-text.ts";

/** A colour has far fewer parameters; a longer sequence is left out. */
const MAX_SGR_BYTES = 64;
/** A longer sequence of any kind is over; what follows is text again. */
const MAX_SEQUENCE_BYTES = 4096;

const ESC = 0x1b;
const BEL = 0x07;
const DEL = 0x7f;
/** Backspace, tab, newline and carriage return move within the line, or to the next. */
const plainControls = new Set([0x08, 0x09, 0x0a, 0x0d]);
const RESET = "\x1b[0m";

type State = "text" | "escape" | "csi" | "string";

export class TerminalFilter {
  #state: State = "text";
  /** A colour's sequence so far, without its introducer. */
  #sgr = "";
  #sequenceBytes = 0;
  /** The beginning of a character whose other bytes are in the next piece: at most three. */
  #partial = Buffer.alloc(0);
  #isColoured = false;
  /** Whether anything was left out. */
  hasLeftOut = false;

  /** What of the next piece is for the terminal. */
  add(piece: Uint8Array): Buffer {
    const bytes = this.#partial.length > 0 ? Buffer.concat([this.#partial, piece]) : piece;
    this.#partial = Buffer.alloc(0);
    const parts: (Uint8Array | string)[] = [];
    for (let at = 0; at < bytes.length; ) {
      const plain = this.#state === "text" ? plainLength(bytes, at) : 0;
      if (plain > 0) {
        parts.push(bytes.subarray(at, at + plain));
        at += plain;
        continue;
      }
      const length = sequenceLength(bytes, at);
      if (length === "cut") {
        this.#partial = Buffer.from(bytes.subarray(at));
        break;
      }
      const shown = length === "invalid" ? this.#addInvalid(bytes[at] ?? 0) : this.#addCharacter(bytes, at, length);
      if (shown !== "") parts.push(shown);
      at += length === "invalid" ? 1 : length;
    }
    return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  }

  /** What is still to be written when nothing follows: a cut character, and the end of all colours. */
  end(): Buffer {
    const rest = Array.from(this.#partial, escapeByte).join("");
    this.#partial = Buffer.alloc(0);
    return Buffer.from(this.#isColoured ? `${rest}${RESET}` : rest);
  }

  #addInvalid(byte: number): string {
    return this.#isWithin() ? this.#continue(byte) : escapeByte(byte);
  }

  #addCharacter(bytes: Uint8Array, at: number, length: number): string {
    const code = length === 1 ? (bytes[at] ?? 0) : undefined;
    // A character of several bytes: of them only C1 means something to a terminal.
    const c1 = length === 2 && bytes[at] === 0xc2 && (bytes[at + 1] ?? 0) < 0xa0 ? bytes[at + 1] : undefined;
    if (code === ESC || code === 0x18 || code === 0x1a || c1 !== undefined) return this.#beginWith(code ?? c1 ?? 0);
    if (this.#isWithin() && code !== 0x0a) return this.#continue(code ?? 0xff);
    this.#end();
    if (code !== undefined) {
      if (code === DEL || (code < 0x20 && !plainControls.has(code))) return this.#leaveOut();
      return String.fromCharCode(code);
    }
    const character = Buffer.from(bytes.subarray(at, at + length)).toString("utf8");
    return character.replace(INVISIBLE, escapeBytes);
  }

  /** Whether a sequence goes on; one that is too long is over. */
  #isWithin(): boolean {
    if (this.#state !== "text" && ++this.#sequenceBytes > MAX_SEQUENCE_BYTES) this.#end();
    return this.#state !== "text";
  }

  /** ESC, CAN, SUB and C1 end what was under way, and may begin something new. */
  #beginWith(code: number): string {
    this.#end();
    this.#sequenceBytes = 0;
    this.#sgr = "";
    this.#state =
      code === ESC
        ? "escape"
        : code === 0x9b
          ? "csi"
          : [0x90, 0x98, 0x9d, 0x9e, 0x9f].includes(code)
            ? "string"
            : "text";
    return this.#state === "text" ? this.#leaveOut() : "";
  }

  /** A sequence that is over without having been a colour is left out. */
  #end(): void {
    if (this.#state !== "text") this.hasLeftOut = true;
    this.#state = "text";
  }

  #continue(byte: number): string {
    const character = String.fromCharCode(byte);
    if (this.#state === "string") {
      if (byte === BEL) this.#end();
    } else if (this.#state === "escape") {
      if (character === "[") this.#state = "csi";
      else if ("P]X^_".includes(character)) this.#state = "string";
      else if (byte < 0x20 || byte > 0x2f) this.#end();
    } else if (byte >= 0x20 && byte < 0x40) {
      this.#sgr += this.#sgr.length <= MAX_SGR_BYTES ? character : "";
    } else {
      if (character === "m" && this.#sgr.length <= MAX_SGR_BYTES && /^[\d;:]*$/.test(this.#sgr)) {
        this.#isColoured = !/^0*$/.test(this.#sgr);
        this.#state = "text";
        return `\x1b[${this.#sgr}m`;
      }
      this.#end();
    }
    return "";
  }

  #leaveOut(): string {
    this.hasLeftOut = true;
    return "";
  }
}

/** How many bytes from `at` on are printable ASCII, or line ends. */
function plainLength(bytes: Uint8Array, at: number): number {
  let end = at;
  for (let byte = bytes[end]; byte !== undefined; byte = bytes[++end])
    if (byte >= DEL || (byte < 0x20 && !plainControls.has(byte))) break;
  return end - at;
}

/** The length of the UTF-8 character at `at`. */
function sequenceLength(bytes: Uint8Array, at: number): number | "cut" | "invalid" {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0) return "invalid";
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return "cut";
    if (byte < lowestSecond(first, index) || byte > highestSecond(first, index)) return "invalid";
  }
  return length;
}

/** No overlong forms, no surrogates, nothing above U+10FFFF. */
const lowestSecond = (first: number, index: number) =>
  index > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
const highestSecond = (first: number, index: number) =>
  index > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
