/** What a person types, on its way to the guest: in order, one call at a time, whatever came meanwhile in the next. */

import { toBase64 } from "../../platform/base64.ts";

/** Bytes of one call; the contract takes 1 MiB of base64. */
const MOST = 512 * 1024;

export interface Typing {
  /** Takes text as xterm gives it. */
  type(text: string): void;
  /** Takes bytes that are no text (mouse reports), one a character. */
  typeBinary(text: string): void;
}

/** `send` gets base64; when it fails, what was typed with it is dropped and `onFailure` is told. */
export function createTyping(send: (bytes: string) => Promise<unknown>, onFailure: (error: unknown) => void): Typing {
  const encoder = new TextEncoder();
  let pending: Uint8Array[] = [];
  let sending = false;

  const flush = async () => {
    if (sending) return;
    sending = true;
    try {
      while (pending.length > 0) {
        const bytes = concat(pending);
        pending = bytes.length > MOST ? [bytes.subarray(MOST)] : [];
        await send(toBase64(bytes.subarray(0, MOST)));
      }
    } catch (error) {
      pending = [];
      onFailure(error);
    } finally {
      sending = false;
    }
  };

  const add = (bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    pending.push(bytes);
    // Keys of one moment (a paste comes in many) go in one call.
    queueMicrotask(flush);
  };

  return {
    type: (text) => add(encoder.encode(text)),
    typeBinary: (text) => add(Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)),
  };
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
