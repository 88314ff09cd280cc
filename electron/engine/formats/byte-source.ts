/**
 * Random access to bytes that may lie in a file, in a part of one, or in memory: what every reader of a format
 * here reads from.
 */

import type { FileHandle } from "node:fs/promises";

export interface ByteSource {
  readonly sizeBytes: number;
  /** Up to `length` bytes from `offset`; fewer only where the source ends. Never reads outside of the source. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** The whole of an open file, whose size is taken once: bytes that are gone when they are read are missing at the end. */
export function fileSource(handle: FileHandle, sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    async read(offset, length) {
      const wanted = within(sizeBytes, offset, length);
      const buffer = Buffer.allocUnsafe(wanted);
      let done = 0;
      while (done < wanted) {
        const { bytesRead } = await handle.read(buffer, done, wanted - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    },
  };
}

/**
 * `source`, of which at most `budgetBytes` are read in all: tables that lie one upon the other can ask for any part of it any
 * number of times. Reading beyond throws what `exceeded` gives, and reading after an abort the signal's reason.
 */
export function budgeted(
  source: ByteSource,
  budgetBytes: number,
  exceeded: () => Error,
  signal?: AbortSignal,
): ByteSource {
  let left = budgetBytes;
  return {
    sizeBytes: source.sizeBytes,
    async read(offset, length) {
      signal?.throwIfAborted();
      left -= within(source.sizeBytes, offset, length);
      if (left < 0) throw exceeded();
      return await source.read(offset, length);
    },
  };
}

export function memorySource(bytes: Buffer): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + within(bytes.length, offset, length)),
  };
}

/** The part of `source` from `offset` on; as much of `sizeBytes` as `source` has. */
export function partOf(source: ByteSource, offset: number, sizeBytes: number): ByteSource {
  const size = within(source.sizeBytes, offset, sizeBytes);
  return {
    sizeBytes: size,
    read: (from, length) => source.read(offset + from, within(size, from, length)),
  };
}

/** Writes all of `bytes` at `offset` of `target`. */
export async function writeAt(target: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length)
    done += (await target.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
}

/** How many of `length` bytes from `offset` exist in `sizeBytes`. */
function within(sizeBytes: number, offset: number, length: number): number {
  if (!(offset >= 0) || !(length >= 0)) throw new RangeError(`no such range of bytes: ${offset}, ${length}`);
  return Math.max(0, Math.min(length, sizeBytes - offset));
}
