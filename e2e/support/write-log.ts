/**
 * Reads what QEMU's `blklogwrites` driver has recorded: the format of Linux's dm-log-writes. A superblock, then entries of
 * one sector each with their data behind them, in the order in which the guest's writes and flushes were completed.
 */

import { closeSync, openSync, readSync } from "node:fs";

const SECTOR = 512;
const MAGIC = 0x6a736677736872n;
const Flag = { flush: 1, discard: 4 } as const;

export interface RecordedWrite {
  /** Everything recorded before it is on the disk for good. */
  isFlush: boolean;
  /** Byte of the disk where the data goes. */
  offset: number;
  data: Buffer;
}

/** The entries of a log, one after the other. Throws if it is none. */
export function* recordedWrites(path: string): Generator<RecordedWrite> {
  const file = openSync(path, "r");
  const read = (offset: number, length: number): Buffer => {
    const buffer = Buffer.alloc(length);
    if (readSync(file, buffer, 0, length, offset) !== length) throw new Error(`${path} ends too early`);
    return buffer;
  };
  try {
    const head = read(0, SECTOR);
    if (head.readBigUInt64LE(0) !== MAGIC) throw new Error(`${path} is no log of writes`);
    const count = Number(head.readBigUInt64LE(16));
    let at = SECTOR;
    for (let index = 0; index < count; index++) {
      const entry = read(at, 32);
      const [sector, sectors, flags] = [0, 8, 16].map((field) => Number(entry.readBigUInt64LE(field)));
      at += SECTOR;
      if (sector === undefined || sectors === undefined || flags === undefined) throw new Error("an entry is cut off");
      const length = flags & Flag.discard ? 0 : sectors * SECTOR;
      yield { isFlush: (flags & Flag.flush) !== 0, offset: sector * SECTOR, data: read(at, length) };
      at += length;
    }
  } finally {
    closeSync(file);
  }
}
