/**
 * The system calls of a traced run: the lines that the kernel writes to its trace port, read from any byte on, whole lines
 * at a time. Of a long trace the oldest lines are dropped (keeper/bounded-log.ts): then the first chunk begins later.
 */

import type { TraceChunk } from "../../../shared/contract/instances.ts";
import { type LogLayout, type LogSegment, layoutOf } from "../keeper/bounded-log.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { watchGrowth } from "../lib/growth-watch.ts";
import { openRegular } from "../lib/open-regular.ts";

const PIECE_BYTES = 64 << 10;
const NEWLINE = 0x0a;

export interface TraceOptions {
  from: number;
  /** Goes on as the log grows, until the abort. */
  follow: boolean;
  signal?: AbortSignal | undefined;
}

/** Nothing where there is no log: the run was not traced. */
export async function* readTrace(
  path: string,
  { from, follow, signal }: TraceOptions,
): AsyncGenerator<TraceChunk, void> {
  let offset = from;
  let grown = Promise.withResolvers<void>();
  const wake = () => grown.resolve();
  const unwatch = follow ? watchGrowth([path], wake) : undefined;
  signal?.addEventListener("abort", wake, { once: true });
  try {
    while (!signal?.aborted) {
      const { at, bytes } = await readLines(path, offset);
      if (bytes.length > 0) {
        const end = at + bytes.length;
        yield { offset: at, end, text: bytes.toString("utf8") };
        offset = end;
        continue;
      }
      if (!follow) return;
      await grown.promise;
      grown = Promise.withResolvers();
    }
  } finally {
    unwatch?.();
    signal?.removeEventListener("abort", wake);
  }
}

/** Whole lines from `offset` on, or from the first that is still there; a line longer than a piece comes in parts. */
async function readLines(path: string, offset: number): Promise<{ at: number; bytes: Buffer }> {
  for (;;) {
    const layout = existingLayout(path);
    const first = layout?.segments.find(({ end }) => end > offset);
    if (!layout || !first) return { at: offset, bytes: Buffer.alloc(0) };
    const from = Math.max(offset, first.start);
    const piece = await readAcross(layout.segments, from).catch((error: unknown) => {
      if (systemErrorCode(error) === "ENOENT") return undefined;
      throw error;
    });
    // The log was put aside meanwhile, or a segment dropped.
    if (piece === undefined || existingLayout(path)?.inode !== layout.inode) continue;
    // Of a line whose beginning was dropped the rest is left out.
    const begin = from > offset ? piece.indexOf(NEWLINE) + 1 : 0;
    const end = piece.lastIndexOf(NEWLINE) + 1;
    const isWhole = end > begin || piece.length < PIECE_BYTES;
    return { at: from + begin, bytes: piece.subarray(begin, isWhole ? Math.max(begin, end) : piece.length) };
  }
}

/** Undefined where the folder is gone. */
function existingLayout(path: string): LogLayout | undefined {
  try {
    return layoutOf(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A piece, put together from as many segments as it takes. */
async function readAcross(segments: readonly LogSegment[], from: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let length = 0;
  for (const { path, start, end } of segments) {
    const at = from + length;
    if (end <= at || start > at || length === PIECE_BYTES) continue;
    await using file = await openRegular(path);
    const { bytesRead } = await file.read(piece, length, Math.min(PIECE_BYTES - length, end - at), at - start);
    length += bytesRead;
  }
  return piece.subarray(0, length);
}
