/** Bytes to base64 and back: the built-in functions where the browser has them, else plain code. */

import type { StreamBytes } from "../../shared/contract/streams.ts";

declare global {
  interface Uint8Array {
    toBase64?(): string;
  }
  interface Uint8ArrayConstructor {
    fromBase64?(text: string): Uint8Array<ArrayBuffer>;
  }
}

/** So many bytes go into one String.fromCharCode call, well below every engine's limit of arguments. */
const STEP = 0x2000;

export function toBase64(bytes: Uint8Array): string {
  if (bytes.toBase64) return bytes.toBase64();
  let binary = "";
  for (let at = 0; at < bytes.length; at += STEP) binary += String.fromCharCode(...bytes.subarray(at, at + STEP));
  return btoa(binary);
}

/** Throws where `text` is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Bytes of a stream, which come in base64 from another process. Throws where they are not base64. */
export const toBytes = (bytes: StreamBytes): Uint8Array<ArrayBuffer> =>
  typeof bytes === "string" ? fromBase64(bytes) : new Uint8Array(bytes);
