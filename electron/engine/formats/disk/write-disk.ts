/** Writes a bootable disk: boot loader, crash log, boot and root file system, in one pass over an empty file. */

import type { FileHandle } from "node:fs/promises";
import { createHash } from "../../lib/crypto.ts";
import { writeAt } from "../byte-source.ts";
import { type CopyOptions, copyContents } from "../tfs/contents.ts";
import type { VolumeLayout } from "../tfs/layout.ts";
import { SECTOR_BYTES, UUID_BYTES, UUID_OFFSET } from "../tfs/log.ts";
import { CRASH_LOG_BYTES, PartitionType, writePartitionTable } from "./partition-table.ts";

export interface DiskLayout {
  /** The boot loader, whole; its first sector gets the partition table. */
  bootLoader: Buffer;
  boot: VolumeLayout;
  root: VolumeLayout;
}

/** Where the boot file system begins; the root file system follows it. */
export function bootOffset(bootLoaderBytes: number): number {
  return bootLoaderBytes + CRASH_LOG_BYTES;
}

export interface WriteOptions extends CopyOptions {
  /** File systems get UUIDs made of what is in them, so that the same input gives the same disk to the byte. */
  reproducible: boolean;
}

export interface WrittenDisk {
  /** SHA-256 of `digestOf`, a file of the root, in hexadecimal digits. */
  sha256: string | undefined;
  /** Of the root file system. */
  uuid: Buffer;
}

/** Fills `target`, an empty file, with the disk. What holds nothing stays a hole. Throws as copyContents does. */
export async function writeDisk(
  target: FileHandle,
  { bootLoader, boot, root }: DiskLayout,
  options: WriteOptions,
): Promise<WrittenDisk> {
  const bootAt = bootOffset(bootLoader.length);
  const rootAt = bootAt + boot.sizeBytes;
  await target.truncate(rootAt + root.sizeBytes);

  const loader = Buffer.from(bootLoader);
  writePartitionTable(loader.subarray(0, SECTOR_BYTES), [
    { type: PartitionType.linux, offsetBytes: bootAt, sizeBytes: boot.sizeBytes },
    { type: PartitionType.linux, offsetBytes: rootAt, sizeBytes: root.sizeBytes },
  ]);
  await writeAt(target, loader, 0);
  await writeVolume(target, boot, bootAt, { ...options, digestOf: undefined });
  return await writeVolume(target, root, rootAt, options);
}

async function writeVolume(
  target: FileHandle,
  volume: VolumeLayout,
  offset: number,
  { reproducible, ...options }: WriteOptions,
): Promise<WrittenDisk> {
  const hash = reproducible ? createHash("sha256") : undefined;
  for (const { offsetBytes, bytes } of volume.log()) {
    hash?.update(bytes);
    await writeAt(target, bytes, offset + offsetBytes);
  }
  const sha256 = await copyContents(volume.files(), target, offset, { ...options, hash });
  if (!hash) return { sha256, uuid: volume.uuid };
  const uuid = hash.digest().subarray(0, UUID_BYTES);
  await writeAt(target, uuid, offset + UUID_OFFSET);
  return { sha256, uuid };
}
