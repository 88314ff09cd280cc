/** A TFS volume that can be looked into: its identity, the manifest at its root, its tree, the contents of its files. */

import type { ByteSource } from "../byte-source.ts";
import { TfsDamage } from "./codec.ts";
import { formatUuid, SECTOR_BYTES, type Sectors } from "./log.ts";
import { replayLog } from "./log-reader.ts";
import { type ByteString, Tuple, toBytes, toNumber, toText } from "./value.ts";

export interface TfsVolume {
  source: ByteSource;
  /** 8-4-4-4-12 hexadecimal digits. */
  uuid: string;
  label: string;
  root: Tuple;
  /** Where the log lies. */
  extensions: Sectors[];
  /** A name that stands in the log twice, which is once too often for a kernel that appends to it. */
  repeatedName: ByteString | undefined;
}

export type NodeType = "directory" | "file" | "link" | "socket" | "unknown";

export interface Extent {
  /** Where in the file it begins, in sectors. */
  fileSector: number;
  /** Where in the volume its data is. */
  sector: number;
  /** Sectors that belong to the file. */
  count: number;
  /** Sectors that are set aside for it. */
  allocated: number;
  /** Never written: reads as zeros. */
  isUninitialised: boolean;
}

/** Replays the volume's log. Throws TfsDamage. */
export async function openVolume(source: ByteSource): Promise<TfsVolume> {
  const { uuid, ...log } = await replayLog(source);
  return { source, uuid: formatUuid(uuid), ...log };
}

/** What a volume says of itself, without its tree: in memory of the size of the manifest and of the tree's names. */
export async function readManifest(source: ByteSource): Promise<{ uuid: string; label: string; manifest: Tuple }> {
  const { uuid, label, root } = await replayLog(source, "children");
  root.delete("..");
  return { uuid: formatUuid(uuid), label, manifest: root };
}

/** The root's attributes without its directory: the manifest (docs/formats.md, "The manifest"). */
export function manifestOf(volume: TfsVolume): Tuple {
  return Tuple.of([...volume.root.entries()].filter(([name]) => name !== "children" && name !== ".."));
}

export function typeOf(node: Tuple): NodeType {
  if (node.get("children") instanceof Tuple) return "directory";
  if (node.get("linktarget") !== undefined) return "link";
  if (node.get("extents") instanceof Tuple) return "file";
  return node.get("socket") !== undefined ? "socket" : "unknown";
}

/** Names and nodes of a directory; nothing for anything else. `..` is no entry (docs/formats.md, "The tree"). */
export function* entriesOf(directory: Tuple): Generator<[ByteString, Tuple]> {
  const children = directory.get("children");
  if (!(children instanceof Tuple)) return;
  for (const [name, node] of children.entries()) if (name !== ".." && node instanceof Tuple) yield [name, node];
}

export function linkTarget(node: Tuple): ByteString | undefined {
  const target = node.get("linktarget");
  return typeof target === "string" ? target : undefined;
}

/** A file's length in bytes. Throws TfsDamage where it is no number. */
export function fileLength(node: Tuple): number {
  const value = node.get("filelength");
  if (value === undefined) return 0;
  const length = toNumber(value);
  if (length === undefined || length < 0) throw new TfsDamage("a file has an impossible length");
  return length;
}

/**
 * The extents of a file by file offset. Throws TfsDamage where one lacks a number, leaves the volume, or overlaps
 * another one of the file.
 */
export function extentsOf(volume: TfsVolume, node: Tuple): Extent[] {
  const extents: Extent[] = [];
  const tuple = node.get("extents");
  if (!(tuple instanceof Tuple)) return extents;
  for (const [start, value] of tuple.entries()) {
    if (start === "..") continue;
    const fileSector = toNumber(start);
    if (fileSector === undefined || !(value instanceof Tuple))
      throw new TfsDamage("an extent has no place in its file");
    const sector = toNumber(value.get("offset"));
    const count = toNumber(value.get("length"));
    const allocated = toNumber(value.get("allocated"));
    if (sector === undefined || count === undefined || allocated === undefined)
      throw new TfsDamage("an extent lacks one of its numbers");
    if (sector < 0 || count < 0 || allocated < count || (sector + allocated) * SECTOR_BYTES > volume.source.sizeBytes)
      throw new TfsDamage(`an extent at sector ${sector} leaves the volume`);
    extents.push({ fileSector, sector, count, allocated, isUninitialised: value.get("uninited") !== undefined });
  }
  extents.sort((a, b) => a.fileSector - b.fileSector);
  extents.forEach((extent, index) => {
    const before = extents[index - 1];
    if (before && before.fileSector + before.count > extent.fileSector)
      throw new TfsDamage("two extents of a file overlap");
  });
  return extents;
}

/** Bytes of a file that the volume does hold, from `start` of the file up to `end`; the rest of it is zeros. Throws TfsDamage. */
export function dataRunsOf(volume: TfsVolume, node: Tuple): { start: number; end: number }[] {
  const sizeBytes = fileLength(node);
  return extentsOf(volume, node).flatMap(({ fileSector, count, isUninitialised }) => {
    const start = fileSector * SECTOR_BYTES;
    const end = Math.min(start + count * SECTOR_BYTES, sizeBytes);
    return isUninitialised || start >= end ? [] : [{ start, end }];
  });
}

/** When a node's content was last changed, in milliseconds since 1970; undefined where it does not say. */
export function modifiedMs(node: Tuple): number | undefined {
  const value = node.get("mtime");
  const isNumber = typeof value === "bigint" || typeof value === "number" || /^\d{1,20}$/.test(String(value));
  if (value === undefined || value === true || !isNumber || value instanceof Tuple || Array.isArray(value))
    return undefined;
  // 32.32 fixed point seconds.
  const milliseconds = Number((BigInt(value) * 1000n) >> 32n);
  return milliseconds >= 0 && milliseconds < 2 ** 32 * 1000 ? milliseconds : undefined;
}

/** Permissions that a file or directory says; most say none. */
export function modeOf(node: Tuple): number | undefined {
  const value = node.get("mode");
  const mode = value === undefined ? undefined : toNumber(value);
  return mode !== undefined && mode >= 0 && mode <= 0o7777 ? mode : undefined;
}

/** The contents of a file, as a source: holes and extents that were never written read as zeros. Throws TfsDamage. */
export function contentsOf(volume: TfsVolume, node: Tuple): ByteSource {
  const sizeBytes = fileLength(node);
  const extents = extentsOf(volume, node);
  return {
    sizeBytes,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
      const buffer = Buffer.alloc(wanted);
      for (let index = firstEndingBehind(extents, offset); index < extents.length; index++) {
        const extent = extents[index];
        if (!extent || extent.fileSector * SECTOR_BYTES >= offset + wanted) break;
        const start = extent.fileSector * SECTOR_BYTES;
        const from = Math.max(offset, start);
        const to = Math.min(offset + wanted, start + extent.count * SECTOR_BYTES);
        if (from >= to || extent.isUninitialised) continue;
        const bytes = await volume.source.read(extent.sector * SECTOR_BYTES + (from - start), to - from);
        bytes.copy(buffer, from - offset);
      }
      return buffer;
    },
  };
}

/** The index of the first extent of which something is behind `offset`: a file may have a million of them. */
function firstEndingBehind(extents: readonly Extent[], offset: number): number {
  let low = 0;
  for (let high = extents.length; low < high; ) {
    const middle = (low + high) >> 1;
    const { fileSector = 0, count = 0 } = extents[middle] ?? {};
    if ((fileSector + count) * SECTOR_BYTES > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The node at an absolute path, without following links; undefined where there is none. */
export function findNode(volume: TfsVolume, path: string): Tuple | undefined {
  let node: Tuple = volume.root;
  for (const part of path.split("/").filter((part) => part !== "" && part !== ".")) {
    const children = node.get("children");
    const child = children instanceof Tuple && part !== ".." ? children.get(toBytes(part)) : undefined;
    if (!(child instanceof Tuple)) return undefined;
    node = child;
  }
  return node;
}

export interface TreeEntry {
  path: ByteString;
  type: NodeType;
  node: Tuple;
}

/**
 * Every entry below the root, parents before children. A directory that stands in two places is damage: it would be an
 * endless tree, or one of more entries than there are nodes.
 */
export function* walkTree(volume: TfsVolume): Generator<TreeEntry> {
  const seen = new Set([volume.root]);
  const open: [ByteString, Tuple][] = [["", volume.root]];
  for (let directory = open.pop(); directory; directory = open.pop()) {
    for (const [name, node] of entriesOf(directory[1])) {
      const path = `${directory[0]}/${name}`;
      const type = typeOf(node);
      if (type === "directory") {
        if (seen.has(node)) throw new TfsDamage(`the directory ${toText(path)} stands in two places`);
        seen.add(node);
        open.push([path, node]);
      }
      yield { path, type, node };
    }
  }
}
