/** Opens whatever may hold a guest's files: an image of any layout, the disk of an instance, or a volume by itself. */

import type { Partition } from "../../../../shared/contract/image-contents.ts";
import { Problem } from "../../../../shared/problem.ts";
import type { ByteSource } from "../../formats/byte-source.ts";
import { type Disk, damageProblem, openImageFile, openPartition, readDisk } from "../../formats/disk/disk.ts";
import { MAGIC } from "../../formats/tfs/log.ts";
import { openVolume, type TfsVolume } from "../../formats/tfs/volume.ts";

export interface OpenImage extends AsyncDisposable {
  path: string;
  source: ByteSource;
  /** Undefined for a volume, which has no partition table. */
  disk: Disk | undefined;
}

/** Throws image.not-found, image.damaged, file.unreadable. */
export async function openImage(path: string): Promise<OpenImage> {
  const file = await openImageFile(path);
  try {
    const { source } = file;
    const isVolume = (await source.read(0, MAGIC.length)).toString("latin1") === MAGIC;
    const disk = isVolume ? undefined : await readDisk(source);
    return { path, source, disk, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw damageProblem(error, path);
  }
}

/** One of its file systems. Throws image.damaged, file.unsupported where a volume has no boot file system. */
export async function openFileSystem({ path, source, disk }: OpenImage, partition: Partition): Promise<TfsVolume> {
  try {
    if (disk) return await openPartition(disk, disk[partition]);
    if (partition === "root") return await openVolume(source);
  } catch (error) {
    throw damageProblem(error, path);
  }
  throw new Problem("file.unsupported", `${path} is a volume: it has no boot file system`, {
    hint: "Omit the option for the boot file system.",
  });
}
