/** Bytes of a stream as a Buffer: from an engine in this process they come as they are, else in base64. */

import type { StreamBytes } from "../../../shared/contract/streams.ts";

export function toBuffer(bytes: StreamBytes): Buffer {
  if (typeof bytes === "string") return Buffer.from(bytes, "base64");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
