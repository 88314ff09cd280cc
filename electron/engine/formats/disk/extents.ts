/** Where a disk image has data: what every format that leaves out empty parts is written from. */

import type { FileHandle } from "node:fs/promises";

/** What is looked at for being zero: the cluster of qcow2. */
export const EXTENT_BYTES = 64 << 10;
const PIECE_BYTES = 16 * EXTENT_BYTES;

/** A part that is not all zeros, in bytes; both numbers are multiples of EXTENT_BYTES, but for the end of the image. */
export interface Extent {
  offset: number;
  length: number;
}

export interface ReadOptions {
  signal?: AbortSignal;
  onProgress?: (bytes: number) => void;
}

const zeros = Buffer.alloc(EXTENT_BYTES);

/** The parts of the file that are not zero, in order; neighbours are one. Throws what reading throws, and the signal's reason. */
export async function findExtents(file: FileHandle, { signal, onProgress }: ReadOptions = {}): Promise<Extent[]> {
  const { size } = await file.stat();
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const extents: Extent[] = [];
  for (let at = 0; at < size; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, size - at), at);
    if (bytesRead === 0) break;
    for (let from = 0; from < bytesRead; from += EXTENT_BYTES) {
      const length = Math.min(EXTENT_BYTES, bytesRead - from);
      if (piece.compare(zeros, 0, length, from, from + length) === 0) continue;
      const last = extents.at(-1);
      if (last && last.offset + last.length === at + from) last.length += length;
      else extents.push({ offset: at + from, length });
    }
    at += bytesRead;
    onProgress?.(bytesRead);
  }
  return extents;
}

/** The bytes of these parts, piece by piece. */
export async function* readExtents(
  file: FileHandle,
  extents: readonly Extent[],
  { signal, onProgress }: ReadOptions = {},
): AsyncGenerator<{ offset: number; bytes: Buffer }, void> {
  for (const { offset, length } of extents)
    for (let done = 0; done < length; ) {
      signal?.throwIfAborted();
      const bytes = Buffer.allocUnsafe(Math.min(PIECE_BYTES, length - done));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset + done);
      if (bytesRead === 0) throw new RangeError("The image has become shorter while it was read");
      yield { offset: offset + done, bytes: bytes.subarray(0, bytesRead) };
      done += bytesRead;
      onProgress?.(bytesRead);
    }
}
