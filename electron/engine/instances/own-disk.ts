/** An instance's own disk: a sparse copy of its image, with room to write, and no crash log of an earlier run. */

import { Problem } from "../../../shared/problem.ts";
import { CRASH_LOG_BYTES, parsePartitionTable } from "../formats/disk/partition-table.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { openRegular } from "../lib/open-regular.ts";
import { copySparse } from "../lib/sparse-copy.ts";

const SECTOR_BYTES = 512;
/** Images that Unideck builds are whole multiples of this and keep room free at their end (docs/formats.md, "The disk"). */
const IMAGE_STEP_BYTES = 512 << 10;
/** What a disk is made longer by where its image ends right after its last block. A hole: it takes no room. */
const ROOM_BYTES = 64 << 20;
const TAIL_BYTES = 4096;

/** Makes `disk` from `image`. Throws image.not-found, file.exists, disk.full, disk.write-failed. */
export async function makeOwnDisk(image: string, disk: string): Promise<void> {
  try {
    await copySparse(image, disk);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new Problem("image.not-found", `There is no image ${image}`, {
      hint: "Build it again, or choose another one.",
      cause: error,
    });
  }
  await giveRoom(disk);
}

async function giveRoom(disk: string): Promise<void> {
  await using file = await openRegular(disk, "r+");
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
  await file.read(tail, 0, tail.length, size - tail.length);
  const endsWithData = tail.some((byte) => byte !== 0);
  if (endsWithData || size % IMAGE_STEP_BYTES !== 0) {
    await file.truncate(Math.ceil(size / IMAGE_STEP_BYTES) * IMAGE_STEP_BYTES + ROOM_BYTES);
  }
}

/**
 * Wipes the crash log (docs/formats.md, "The crash log": 4096 bytes right before the first partition), so that what is found there after a
 * run is of that run. Does nothing to a disk without partitions.
 */
export async function wipeCrashLog(disk: string): Promise<void> {
  await using file = await openRegular(disk, "r+");
  const sector = Buffer.alloc(SECTOR_BYTES);
  await file.read(sector, 0, SECTOR_BYTES, 0);
  const firstPartition = parsePartitionTable(sector)?.[0];
  if (!firstPartition) return;
  const start = firstPartition.offsetBytes - CRASH_LOG_BYTES;
  if (start < SECTOR_BYTES) return;
  const header = Buffer.alloc(4);
  const { bytesRead } = await file.read(header, 0, header.length, start);
  if (bytesRead === header.length && header.toString("latin1") === "KLOG") {
    await file.write(Buffer.alloc(CRASH_LOG_BYTES), 0, CRASH_LOG_BYTES, start);
  }
}
