/** The system calls of a traced run: the lines that the kernel writes to its trace port, read from any byte on, whole lines at a time. */

import type { TraceChunk } from "../../../shared/contract/instances.ts";
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
      const bytes = await readLines(path, offset);
      if (bytes.length > 0) {
        const end = offset + bytes.length;
        yield { offset, end, text: bytes.toString("utf8") };
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

/** Whole lines from `offset` on; a line longer than a piece comes in parts. */
async function readLines(path: string, offset: number): Promise<Buffer> {
  try {
    await using file = await openRegular(path);
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, piece.length, offset);
    const end = piece.lastIndexOf(NEWLINE, bytesRead - 1) + 1;
    return piece.subarray(0, end > 0 && bytesRead > 0 ? end : bytesRead === piece.length ? bytesRead : 0);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
