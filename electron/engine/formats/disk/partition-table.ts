/** The partition table in the first sector of a disk, and the region record of a boot loader (docs/formats.md, "The disk"). */

import { SECTOR_BYTES } from "../tfs/log.ts";

const TABLE_OFFSET = 0x1be;
const ENTRY_BYTES = 16;
const ENTRIES = 4;
const SIGNATURE_OFFSET = 0x1fe;
const SIGNATURE = [0x55, 0xaa];
const ACTIVE = 0x80;

export const PartitionType = { linux: 0x83, efi: 0xef } as const;

const REGION_OFFSET = 0x1aa;
const REGION_TYPE_FILE_SYSTEM = 12;

/** The crash log lies right before the first partition. */
export const CRASH_LOG_BYTES = 4096;

export interface Partition {
  type: number;
  offsetBytes: number;
  sizeBytes: number;
}

/** The partitions that are in use, by their place in the table; undefined where the sector is no partition table. */
export function parsePartitionTable(sector: Buffer): (Partition | undefined)[] | undefined {
  if (sector.length < SECTOR_BYTES || SIGNATURE.some((byte, i) => sector[SIGNATURE_OFFSET + i] !== byte))
    return undefined;
  return Array.from({ length: ENTRIES }, (_, index) => {
    const at = TABLE_OFFSET + index * ENTRY_BYTES;
    const type = sector.readUInt8(at + 4);
    const count = sector.readUInt32LE(at + 12);
    if (type === 0 || count === 0) return undefined;
    return { type, offsetBytes: sector.readUInt32LE(at + 8) * SECTOR_BYTES, sizeBytes: count * SECTOR_BYTES };
  });
}

/** Writes `partitions` and the signature into a disk's first sector; its other bytes stay. */
export function writePartitionTable(sector: Buffer, partitions: readonly Partition[]): void {
  sector.fill(0, TABLE_OFFSET, SIGNATURE_OFFSET);
  partitions.forEach(({ type, offsetBytes, sizeBytes }, index) => {
    const at = TABLE_OFFSET + index * ENTRY_BYTES;
    const first = offsetBytes / SECTOR_BYTES;
    // What does not fit is left to the end of the disk, which is what kernels go by.
    const count = Math.min(sizeBytes / SECTOR_BYTES, 0xffffffff - first);
    sector.writeUInt8(ACTIVE, at);
    writeChs(sector, at + 1, first);
    sector.writeUInt8(type, at + 4);
    writeChs(sector, at + 5, first + count - 1);
    sector.writeUInt32LE(first, at + 8);
    sector.writeUInt32LE(count, at + 12);
  });
  SIGNATURE.forEach((byte, i) => {
    sector[SIGNATURE_OFFSET + i] = byte;
  });
}

const SECTORS_PER_TRACK = 63;
const HEADS = 255;
const LAST_CYLINDER = 1023;

/** Head, sector (from 1, with the top bits of the cylinder), cylinder. */
function writeChs(bytes: Buffer, at: number, sector: number): void {
  let cylinder = Math.floor(sector / (SECTORS_PER_TRACK * HEADS));
  let head = Math.floor(sector / SECTORS_PER_TRACK) % HEADS;
  let track = (sector % SECTORS_PER_TRACK) + 1;
  if (cylinder > LAST_CYLINDER) [cylinder, head, track] = [LAST_CYLINDER, HEADS - 1, SECTORS_PER_TRACK];
  bytes[at] = head;
  bytes[at + 1] = track | ((cylinder >> 8) << 6);
  bytes[at + 2] = cylinder & 0xff;
}

/** What is wrong with a boot loader of `sizeBytes` whose first sector this is; undefined if nothing is. */
export function bootLoaderDamage(sector: Buffer, sizeBytes: number): string | undefined {
  if (sector.length < SECTOR_BYTES) return "it is shorter than a sector";
  if (!parsePartitionTable(sector)) return "its first sector does not end in 55 AA";
  const length = sector.readBigUInt64LE(REGION_OFFSET + 8);
  const type = sector.readUInt32LE(REGION_OFFSET + 16);
  if (type !== REGION_TYPE_FILE_SYSTEM)
    return `its region record has type ${type} instead of ${REGION_TYPE_FILE_SYSTEM}`;
  if (length + BigInt(SECTOR_BYTES) !== BigInt(sizeBytes))
    return `its region record says ${length} bytes behind the first sector, the file has ${sizeBytes - SECTOR_BYTES}`;
  return sizeBytes % SECTOR_BYTES === 0 ? undefined : "its size is not a multiple of 512 bytes";
}
