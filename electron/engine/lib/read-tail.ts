/** The end of a file that may be large. */

import { openRegular } from "./open-regular.ts";

/** What `path` holds from `from` on, but no more than its last `limitBytes`. */
export async function readTail(path: string, from: number, limitBytes: number): Promise<Buffer> {
  await using file = await openRegular(path);
  const { size } = await file.stat();
  const start = Math.max(from, size - limitBytes);
  const bytes = Buffer.alloc(Math.max(0, size - start));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  return bytes.subarray(0, bytesRead);
}
