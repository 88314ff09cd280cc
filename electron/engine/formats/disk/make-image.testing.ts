/** Images and volumes in memory, for tests: of any tree, also one that no builder would make. */

import { type LayoutOptions, layOutVolume, type VolumeLayout } from "../tfs/layout.ts";
import { SECTOR_BYTES } from "../tfs/log.ts";
import { memoryFile, Tree } from "../tfs/tree.ts";
import { putNode } from "../tfs/tree-paths.ts";
import { Tuple } from "../tfs/value.ts";
import { CRASH_LOG_BYTES, type Partition, PartitionType, writePartitionTable } from "./partition-table.ts";

const spec: LayoutOptions = {
  uuid: Buffer.alloc(16, 0xa5),
  label: "",
  withReserves: true,
  withTimes: true,
  spareBytes: 0,
  minimumBytes: 0,
};

/** The layout's bytes, with the contents that are in memory. */
export function bytesOf(layout: VolumeLayout): Buffer {
  const bytes = Buffer.alloc(layout.sizeBytes);
  for (const part of layout.log()) bytes.set(part.bytes, part.offsetBytes);
  for (const { content, sector, fileOffset, sizeBytes } of layout.files()) {
    if (!Buffer.isBuffer(content)) throw new Error("not in memory");
    bytes.set(content.subarray(fileOffset, fileOffset + sizeBytes), sector * SECTOR_BYTES);
  }
  return bytes;
}

export function volumeOf(tree: Tree, manifest = new Tuple(), more: Partial<LayoutOptions> = {}): Buffer {
  return bytesOf(layOutVolume(tree, manifest, { ...spec, ...more }));
}

/** A tree of files by their paths; a value that begins with `->` is a link. */
export function treeOf(files: Record<string, string | Buffer>): Tree {
  const tree = new Tree();
  for (const [path, content] of Object.entries(files)) {
    const isLink = typeof content === "string" && content.startsWith("->");
    putNode(tree, path, isLink ? { type: "link", target: content.slice(2) } : memoryFile(content));
  }
  return tree;
}

export interface DiskParts {
  /** The boot loader with its partition table's sector; without, the disk begins with a sector of its own. */
  bootLoader?: Buffer;
  /** The EFI system partition. */
  efi?: Buffer;
  boot: Buffer;
  root: Buffer;
}

export function diskOf({ bootLoader = Buffer.alloc(SECTOR_BYTES), efi, boot, root }: DiskParts): Buffer {
  const parts = [...(efi ? [efi] : []), boot, root];
  const partitions: Partition[] = [];
  let offsetBytes = bootLoader.length + CRASH_LOG_BYTES;
  for (const part of parts) {
    const type = part === efi ? PartitionType.efi : PartitionType.linux;
    partitions.push({ type, offsetBytes, sizeBytes: part.length });
    offsetBytes += part.length;
  }
  const loader = Buffer.from(bootLoader);
  writePartitionTable(loader.subarray(0, SECTOR_BYTES), partitions);
  return Buffer.concat([loader, Buffer.alloc(CRASH_LOG_BYTES), ...parts]);
}
