/** Says what is wrong with an image, in words: from the partition table to the libraries of its program. */

import type { ImageFinding } from "../../../../shared/contract/image-contents.ts";
import type { ByteSource } from "../../formats/byte-source.ts";
import { parseCrashLog } from "../../formats/disk/crash-log.ts";
import { type Disk, openPartition, readDisk } from "../../formats/disk/disk.ts";
import {
  bootLoaderDamage,
  CRASH_LOG_BYTES,
  PartitionType,
  parsePartitionTable,
} from "../../formats/disk/partition-table.ts";
import { findDamage, freeRuns } from "../../formats/tfs/check.ts";
import { TfsDamage } from "../../formats/tfs/codec.ts";
import { EXTENSION_SECTORS, MAGIC, SECTOR_BYTES } from "../../formats/tfs/log.ts";
import { openVolume, type TfsVolume } from "../../formats/tfs/volume.ts";
import { identifyKernel } from "../../kernels/identify.ts";
import { kernelOf } from "../kernel-in-image.ts";
import { checkManifest } from "./check-manifest.ts";
import { klibsOf } from "./details.ts";

type Tell = (finding: ImageFinding) => void;

/** Two runs of 1024 sectors: the room that the reference kernel wants before it writes new data (docs/formats.md, "Free space"). */
const RESERVES = 2;
/** A disk without a boot loader begins with one sector of its own; then the crash log. */
const FIRST_OFFSET_WITHOUT_LOADER = SECTOR_BYTES + CRASH_LOG_BYTES;
const FAT_NAME_OFFSET = 0x52;

/** Everything that is wrong or remarkable; nothing for an image that is as it should be. */
export async function checkImage(source: ByteSource): Promise<ImageFinding[]> {
  const findings: ImageFinding[] = [];
  const tell: Tell = (finding) => findings.push(finding);
  if ((await source.read(0, MAGIC.length)).toString("latin1") === MAGIC) {
    await checkFileSystem(source, "root file system", tell);
    return findings;
  }
  const disk = await orDamage(() => readDisk(source), "disk", tell);
  if (!disk) return findings;
  await checkDisk(disk, tell);
  await checkCrashLog(disk, tell);
  const boot = await checkPart(disk, "boot", tell);
  const kernel = boot && (await orDamage(async () => identifyKernel(await kernelOf(disk)), "boot file system", tell));
  if (kernel && kernel.architecture === undefined)
    tell({
      level: "error",
      part: "boot file system",
      message: "Its kernel is not a program for a known architecture",
      hint: "Rebuild the image with a complete kernel release.",
    });
  const root = await checkPart(disk, "root", tell);
  if (!root) return findings;
  checkRoom(root, tell);
  const kernelInImage = { klibs: boot ? klibsOf(boot) : [], architecture: kernel?.architecture };
  await orDamage(() => checkManifest(root, kernelInImage, tell), "program", tell);
  return findings;
}

async function orDamage<T>(read: () => Promise<T>, part: ImageFinding["part"], tell: Tell): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TfsDamage)) throw error;
    tell({ level: "error", part, message: sentence(error.message) });
    return undefined;
  }
}

async function checkPart(disk: Disk, name: "boot" | "root", tell: Tell): Promise<TfsVolume | undefined> {
  const part = name === "boot" ? "boot file system" : "root file system";
  const volume = await orDamage(() => openPartition(disk, disk[name]), part, tell);
  if (volume) tellDamage(volume, part, tell);
  return volume;
}

async function checkFileSystem(source: ByteSource, part: ImageFinding["part"], tell: Tell): Promise<void> {
  const volume = await orDamage(() => openVolume(source), part, tell);
  if (!volume) return;
  tellDamage(volume, part, tell);
  checkRoom(volume, tell);
}

function tellDamage(volume: TfsVolume, part: ImageFinding["part"], tell: Tell): void {
  for (const damage of findDamage(volume)) tell({ level: "error", part, message: sentence(damage) });
}

async function checkDisk({ source, layout, efi, boot }: Disk, tell: Tell): Promise<void> {
  const sector = await source.read(0, SECTOR_BYTES);
  const last = parsePartitionTable(sector)?.findLast((partition) => partition !== undefined);
  if (last && last.offsetBytes + last.sizeBytes > source.sizeBytes)
    tell({
      level: "error",
      part: "disk",
      message: `The image is truncated: its last partition ends at byte ${last.offsetBytes + last.sizeBytes}, the file at ${source.sizeBytes}`,
      hint: "Copy or build it again.",
    });
  if (efi) {
    const name = (await source.read(efi.offsetBytes, SECTOR_BYTES)).toString(
      "latin1",
      FAT_NAME_OFFSET,
      FAT_NAME_OFFSET + 5,
    );
    if (name !== "FAT32")
      tell({
        level: "warning",
        part: "disk",
        message: "Its EFI system partition has no FAT file system: UEFI will find no boot loader",
      });
  }
  const firstOffset = (efi ?? boot).offsetBytes;
  if (layout === "uefi" || firstOffset === FIRST_OFFSET_WITHOUT_LOADER) return;
  const damage = bootLoaderDamage(sector, firstOffset - CRASH_LOG_BYTES);
  if (damage)
    tell({
      level: "error",
      part: "boot loader",
      message: `The image can't boot from its disk: in its boot loader, ${damage}`,
      hint: "Rebuild it with a complete kernel release.",
    });
  if (boot.type !== PartitionType.linux)
    tell({
      level: "warning",
      part: "disk",
      message: `Its boot partition has the type ${boot.type} instead of ${PartitionType.linux}`,
    });
}

async function checkCrashLog(disk: Disk, tell: Tell): Promise<void> {
  const log = parseCrashLog(await disk.source.read(disk.crashLogOffset, CRASH_LOG_BYTES));
  if (log) tell({ level: "note", part: "disk", message: `A kernel has run from this disk and ended with ${log.code}` });
}

function checkRoom(volume: TfsVolume, tell: Tell): void {
  if (freeRuns(volume, EXTENSION_SECTORS) >= RESERVES) return;
  tell({
    level: "note",
    part: "root file system",
    message: "No free space for new files (Nanos)",
    hint: "The disk of an instance can be made longer, and the file system grows with it.",
  });
}

/** A finding begins like a sentence. */
const sentence = (text: string) => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());
