/**
 * Where everything of a new volume goes: contents of files, the log, the reserves; and the log's bytes. Pure: nothing is
 * read or written here (spec/tfs.md, "Writing an image").
 */

import { ByteWriter, MAX_VARINT_BYTES } from "./codec.ts";
import { encodeTree } from "./encode.ts";
import {
  EXTENSION_SECTORS,
  Frame,
  MAGIC,
  MAX_LABEL_BYTES,
  SECTOR_BYTES,
  type Sectors,
  VERSION,
  type VolumeIdentity,
} from "./log.ts";
import type { DirectoryNode, FileNode } from "./tree.ts";
import type { Tuple } from "./value.ts";

const EXTENSION_BYTES = EXTENSION_SECTORS * SECTOR_BYTES;
const FIRST_EXTENSION = 1;
/** Volumes end on a multiple of this. */
const ROUND_SECTORS = 1024;
/** Files of a page and more begin on a page, which is what readers map. */
const PAGE_SECTORS = 8;
/** At the end of every extension stays free what a link takes: a frame byte and two numbers. */
const LINK_ROOM = 1 + 2 * MAX_VARINT_BYTES;

export interface LayoutWishes extends VolumeIdentity {
  /** Two runs of 1024 sectors are kept free between log and data, without which the reference kernel can't write. */
  withReserves: boolean;
  /** Bytes that shall be free for data, beside the reserves. */
  spareBytes: number;
  /** The volume gets at least this many bytes. */
  minimumBytes: number;
}

export interface PlacedFile {
  node: FileNode;
  sector: number;
}

export interface VolumeLayout {
  sizeBytes: number;
  /** Bytes of the log and where in the volume they go. */
  log: { offsetBytes: number; bytes: Buffer }[];
  /** Files with contents, by rising sector. */
  files: PlacedFile[];
  /** The sum of the files' sizes. */
  contentBytes: number;
}

/** Lays out a volume with `root` as its directory and `manifest` as the root's other attributes. */
export function layOutVolume(root: DirectoryNode, manifest: Tuple, wishes: LayoutWishes): VolumeLayout {
  const dataStart = FIRST_EXTENSION + EXTENSION_SECTORS * (wishes.withReserves ? 3 : 1);
  const { files, end, contentBytes } = placeFiles(root, dataStart);
  const record = encodeTree(root, manifest, new Map(files.map(({ node, sector }) => [node, sector])));

  const pieces = splitRecord(record);
  const extensions = pieces.map<Sectors>((_, index) => ({
    first: index === 0 ? FIRST_EXTENSION : end + (index - 1) * EXTENSION_SECTORS,
    count: EXTENSION_SECTORS,
  }));
  const used = end + (pieces.length - 1) * EXTENSION_SECTORS;
  const sectors = Math.max(
    used + Math.ceil(wishes.spareBytes / SECTOR_BYTES),
    Math.ceil(wishes.minimumBytes / SECTOR_BYTES),
  );
  return {
    sizeBytes: Math.ceil(sectors / ROUND_SECTORS) * ROUND_SECTORS * SECTOR_BYTES,
    log: [
      { offsetBytes: 0, bytes: firstSector(wishes, FIRST_EXTENSION) },
      ...pieces.map((piece, index) => ({
        offsetBytes: (extensions[index]?.first ?? 0) * SECTOR_BYTES,
        bytes: extensionBytes(piece, record.length, index === 0, extensions[index + 1]),
      })),
    ],
    files,
    contentBytes,
  };
}

function placeFiles(
  root: DirectoryNode,
  dataStart: number,
): { files: PlacedFile[]; end: number; contentBytes: number } {
  const files: PlacedFile[] = [];
  let sector = dataStart;
  let contentBytes = 0;
  const open = [root];
  for (let directory = open.pop(); directory; directory = open.pop()) {
    for (const node of directory.children.values()) {
      if (node.type === "directory") open.push(node);
      if (node.type !== "file" || node.sizeBytes === 0) continue;
      const count = Math.ceil(node.sizeBytes / SECTOR_BYTES);
      if (count >= PAGE_SECTORS) sector = Math.ceil(sector / PAGE_SECTORS) * PAGE_SECTORS;
      files.push({ node, sector });
      sector += count;
      contentBytes += node.sizeBytes;
    }
  }
  return { files, end: sector, contentBytes };
}

/** Bytes in an extension before its first frame: magic, version, the length as a varint of two bytes. */
const EXTENSION_HEADER_BYTES = MAGIC.length + 1 + 2;
/** What one part of a record can take: the frame byte and its two numbers beside it, and room for a link behind it. */
const PART_BYTES = EXTENSION_BYTES - EXTENSION_HEADER_BYTES - (1 + 2 * MAX_VARINT_BYTES) - LINK_ROOM;

function splitRecord(record: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < record.length; at += PART_BYTES) pieces.push(record.subarray(at, at + PART_BYTES));
  return pieces;
}

function extensionBytes(piece: Buffer, totalBytes: number, isFirst: boolean, next: Sectors | undefined): Buffer {
  const writer = new ByteWriter(piece.length + 128);
  writer.string(MAGIC);
  writer.byte(VERSION);
  writer.varint(EXTENSION_SECTORS);
  writer.byte(isFirst ? Frame.record : Frame.more);
  if (isFirst) writer.varint(totalBytes);
  writer.varint(piece.length);
  writer.raw(piece);
  if (next) writeLink(writer, next);
  else writer.byte(Frame.end);
  return writer.bytes();
}

function firstSector(identity: VolumeIdentity, firstExtension: number): Buffer {
  const label = Buffer.from(identity.label, "utf8");
  if (label.length > MAX_LABEL_BYTES || label.includes(0)) throw new RangeError("the label is too long");
  const writer = new ByteWriter(SECTOR_BYTES);
  writer.string(MAGIC);
  writer.byte(VERSION);
  writer.varint(1);
  writer.raw(identity.uuid);
  writer.raw(label);
  writer.byte(0);
  writeLink(writer, { first: firstExtension, count: EXTENSION_SECTORS });
  writer.byte(Frame.end);
  return writer.bytes();
}

function writeLink(writer: ByteWriter, to: Sectors): void {
  writer.byte(Frame.link);
  writer.varint(to.first);
  writer.varint(to.count);
}
