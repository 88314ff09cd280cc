/** Makes tar archives for tests, sound ones and others. */

import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Headers, pack } from "tar-stream";

export type TarEntry = Headers & { content?: Buffer | string };

/** The archive's bytes, not compressed. */
export async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return await buffer(archive);
}

const CHECKSUM_OFFSET = 148;
const CHECKSUM_BYTES = 8;
const TYPE_OFFSET = 156;
const HEADER_BYTES = 512;

/** Makes the first entry one of another type: `x` is a PAX header for the entry that follows. */
export function retag(tar: Buffer, type: string): Buffer {
  const changed = Buffer.from(tar);
  changed.write(type, TYPE_OFFSET, "latin1");
  // The sum counts itself as spaces (POSIX ustar).
  changed.fill(" ", CHECKSUM_OFFSET, CHECKSUM_OFFSET + CHECKSUM_BYTES);
  const sum = changed.subarray(0, HEADER_BYTES).reduce((all, byte) => all + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, "0")}\0 `, CHECKSUM_OFFSET, "latin1");
  return changed;
}

export async function makeTarGz(entries: readonly TarEntry[]): Promise<Buffer> {
  return gzipSync(await makeTar(entries));
}
