/**
 * Names and paths of images as text. They are any bytes: what is no UTF-8, and control characters and the like, are written `\xNN`, and
 * a backslash is written `\\`. So every name can be shown, sent and typed, and no two look the same.
 */

import { escapeByte, visible } from "../../../../shared/visible-text.ts";
import type { ByteString } from "../../formats/tfs/value.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that stands for `bytes`. */
export function showPath(bytes: ByteString): string {
  const text = decode(bytes);
  return text === undefined ? showSequences(bytes) : escapeText(text);
}

/** The bytes that `text` stands for. A backslash that begins nothing stands for itself. */
export function parsePath(text: string): ByteString {
  return text
    .split(/(\\x[0-9a-fA-F]{2}|\\\\)/)
    .map((part, index) => {
      if (index % 2 === 0) return Buffer.from(part, "utf8").toString("latin1");
      return part === "\\\\" ? "\\" : String.fromCharCode(Number.parseInt(part.slice(2), 16));
    })
    .join("");
}

function showSequences(bytes: ByteString): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes.charCodeAt(at));
    const sequence = decode(bytes.slice(at, at + length));
    text += sequence === undefined ? escapeByte(bytes.charCodeAt(at)) : escapeText(sequence);
    at += sequence === undefined ? 1 : length;
  }
  return text;
}

/** How long a UTF-8 sequence is that begins with this byte; of a byte that begins none, 1. */
function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

function escapeText(text: string): string {
  return visible(text.replaceAll("\\", "\\\\"));
}

function decode(bytes: ByteString): string | undefined {
  try {
    return decoder.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}
