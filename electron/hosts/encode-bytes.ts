/** Items of streams as they are sent to another process: their bytes in base64. */

import { streams } from "../../shared/contract/streams.ts";

/** The answer of the call at `path`; of a stream that has bytes, each item encoded. */
export function encodeBytes(path: readonly string[], output: unknown): unknown {
  return streams[path.join(".")]?.hasBytes && isStream(output) ? encodeItems(output) : output;
}

async function* encodeItems(items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const item of items)
    yield isObject(item) && item.bytes instanceof Uint8Array ? { ...item, bytes: toBase64(item.bytes) } : item;
}

const toBase64 = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value;
}

export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}
