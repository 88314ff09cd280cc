/**
 * One sparse file in a tar archive of old GNU's form (GNU tar manual, "Storing Sparse Files"; tar.h), as Google Cloud takes
 * disks. Pure. Dates and owners are left at zero, so that the same disk gives the same archive.
 */

import type { Extent } from "../disk/extents.ts";

const BLOCK = 512;
const IN_HEADER = 4;
const IN_BLOCK = 21;
const PAIR_BYTES = 24;

/** Header blocks of a file of `realBytes` of which only these parts are stored. */
export function sparseHeader(name: string, realBytes: number, extents: readonly Extent[]): Buffer {
  // A file that ends in a hole ends with an empty part, which says where.
  const last = extents.at(-1);
  const parts =
    last && last.offset + last.length === realBytes ? extents : [...extents, { offset: realBytes, length: 0 }];
  const storedBytes = parts.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, "latin1");
  header.write("0000644\0", 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  putNumber(header, 124, storedBytes);
  putNumber(header, 136, 0);
  header.write("S", 156, "latin1");
  header.write("ustar  \0", 257, "latin1");
  putPairs(header, 386, parts.slice(0, IN_HEADER));
  header.writeUInt8(parts.length > IN_HEADER ? 1 : 0, 482);
  putNumber(header, 483, realBytes);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");

  const more: Buffer[] = [];
  for (let at = IN_HEADER; at < parts.length; at += IN_BLOCK) {
    const block = Buffer.alloc(BLOCK);
    putPairs(block, 0, parts.slice(at, at + IN_BLOCK));
    block.writeUInt8(parts.length > at + IN_BLOCK ? 1 : 0, 504);
    more.push(block);
  }
  return Buffer.concat([header, ...more]);
}

/** What follows the stored bytes: zeros up to the next block, and the two empty blocks at an archive's end. */
export const sparseEnd = (storedBytes: number) => Buffer.alloc(((BLOCK - (storedBytes % BLOCK)) % BLOCK) + 2 * BLOCK);

function putPairs(block: Buffer, at: number, parts: readonly Extent[]): void {
  for (const [i, { offset, length }] of parts.entries()) {
    putNumber(block, at + i * PAIR_BYTES, offset);
    putNumber(block, at + i * PAIR_BYTES + 12, length);
  }
}

/** Octal digits; what has more than eleven of them, in base 256 with the first bit set. */
function putNumber(block: Buffer, at: number, value: number): void {
  if (value < 8 ** 11) block.write(`${value.toString(8).padStart(11, "0")}\0`, at, "latin1");
  else {
    block.writeUInt8(0x80, at);
    block.writeBigUInt64BE(BigInt(value), at + 4);
  }
}
