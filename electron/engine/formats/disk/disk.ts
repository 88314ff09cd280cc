/** A bootable disk that can be looked into: its partitions, its boot and its root file system (docs/formats.md, "The disk"). */

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Problem } from "../../../../shared/problem.ts";
import { systemErrorCode } from "../../lib/atomic-file.ts";
import { type ByteSource, fileSource, partOf } from "../byte-source.ts";
import { TfsDamage } from "../tfs/codec.ts";
import { SECTOR_BYTES } from "../tfs/log.ts";
import { openVolume, type TfsVolume } from "../tfs/volume.ts";
import { CRASH_LOG_BYTES, type Partition, PartitionType, parsePartitionTable } from "./partition-table.ts";

export interface Disk {
  source: ByteSource;
  layout: "bios" | "uefi";
  /** The EFI system partition. */
  efi: Partition | undefined;
  boot: Partition;
  /** To the end of the disk, whatever the table says. */
  root: Partition;
  /** Where the crash log begins. */
  crashLogOffset: number;
}

/** Calls `use` with the disk at `path`, open as long as that takes. Throws image.not-found, image.damaged. */
export async function withDisk<T>(path: string, use: (disk: Disk) => Promise<T>): Promise<T> {
  await using file = await openImageFile(path);
  try {
    return await use(await readDisk(file.source));
  } catch (error) {
    throw damageProblem(error, path);
  }
}

/** An image file, or one that may be none, open for reading. Throws image.not-found, file.unreadable. */
export async function openImageFile(path: string): Promise<AsyncDisposable & { source: ByteSource }> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw openProblem(error, path);
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new TfsDamage("not a file");
    return { source: fileSource(handle, facts.size), [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw damageProblem(error, path);
  }
}

/** Finds the partitions of a disk. Throws TfsDamage. */
export async function readDisk(source: ByteSource): Promise<Disk> {
  const table = parsePartitionTable(await source.read(0, SECTOR_BYTES));
  if (!table) throw new TfsDamage("there is no partition table");
  const isUefi = table[0]?.type === PartitionType.efi;
  const efi = isUefi ? table[0] : undefined;
  const boot = table[isUefi ? 1 : 0];
  const root = table[isUefi ? 2 : 1];
  if (!boot || !root) throw new TfsDamage("there are no boot and root partitions");
  const first = efi ?? boot;
  if (first.offsetBytes < SECTOR_BYTES + CRASH_LOG_BYTES)
    throw new TfsDamage("the first partition leaves no room for the crash log");
  if ((efi && endOf(efi) > boot.offsetBytes) || endOf(boot) > root.offsetBytes)
    throw new TfsDamage("the partitions overlap");
  if (root.offsetBytes >= source.sizeBytes)
    throw new TfsDamage("the root file system begins beyond the end of the disk");
  return {
    source,
    layout: isUefi ? "uefi" : "bios",
    efi,
    boot,
    root: { ...root, sizeBytes: source.sizeBytes - root.offsetBytes },
    crashLogOffset: first.offsetBytes - CRASH_LOG_BYTES,
  };
}

function endOf(partition: Partition): number {
  return partition.offsetBytes + partition.sizeBytes;
}

/** The file system in a partition. Throws TfsDamage. */
export function openPartition(disk: Disk, partition: Partition): Promise<TfsVolume> {
  return openVolume(partOf(disk.source, partition.offsetBytes, partition.sizeBytes));
}

function openProblem(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR")
    return new Problem("image.not-found", `There is no image at ${path}`, { cause: error });
  if (code === undefined) return error;
  return new Problem("file.unreadable", `${path} can't be read`, {
    hint: "Check its permissions.",
    details: String(error),
    cause: error,
  });
}

/** What damage means to a person; any other error stays as it is. */
export function damageProblem(error: unknown, path: string): unknown {
  if (!(error instanceof TfsDamage)) return error;
  return new Problem("image.damaged", `${path} is not a valid image: ${error.message}`, {
    hint: "Build it again.",
    cause: error,
  });
}
