/**
 * Where everything of a new volume goes: contents of files, the log, the reserves; and the log's bytes. Pure: nothing is
 * read or written here (docs/formats.md, "Free space").
 */

import { ByteWriter, MAX_VARINT_BYTES } from "./codec.ts";
import { encodeTree, type PlacedExtent } from "./encode.ts";
import { EXTENSION_SECTORS, Frame, MAGIC, MAX_LABEL_BYTES, SECTOR_BYTES, VERSION, type VolumeIdentity } from "./log.ts";
import type { HostFile, NodeId, Tree } from "./tree.ts";
import type { Tuple } from "./value.ts";

const EXTENSION_BYTES = EXTENSION_SECTORS * SECTOR_BYTES;
const FIRST_EXTENSION = 1;
/** Volumes end on a multiple of this. */
const ROUND_SECTORS = 1024;
/** Files of a page and more begin on a page, which is what readers map. */
const PAGE_SECTORS = 8;
/** At the end of every extension stays free what a link takes: a frame byte and two numbers. */
const LINK_ROOM = 1 + 2 * MAX_VARINT_BYTES;

export interface LayoutOptions extends VolumeIdentity {
  /** Two runs of 1024 sectors are kept free between log and data, without which the reference kernel can't write. */
  withReserves: boolean;
  /** Files say when they were last changed. */
  withTimes: boolean;
  /** Bytes that shall be free for data, beside the reserves. */
  spareBytes: number;
  /** The volume gets at least this many bytes. */
  minimumBytes: number;
}

/** A file, or a run of one with holes, and its place in the volume. */
export interface PlacedFile {
  node: NodeId;
  sector: number;
  /** Of the run. */
  sizeBytes: number;
  /** Where in the file it begins, in bytes. */
  fileOffset: number;
  /** Of the whole file. */
  fileBytes: number;
  content: Buffer | HostFile;
}

export interface VolumeLayout {
  /** The one that was wished for. */
  uuid: Buffer;
  sizeBytes: number;
  /** Bytes of the log and where in the volume they go. */
  log: () => Iterable<{ offsetBytes: number; bytes: Buffer }>;
  /** Files with contents, by rising sector. */
  files: () => Iterable<PlacedFile>;
  /** Bytes of all files, without their holes. */
  contentBytes: number;
}

/**
 * Lays out a volume with `tree` as its directory and `manifest` as the root's other attributes. The tree is sorted, and must
 * not change afterwards. Files and log are described when they are asked for, so that a large tree takes no more room.
 */
export function layOutVolume(tree: Tree, manifest: Tuple, options: LayoutOptions): VolumeLayout {
  const dataStart = FIRST_EXTENSION + EXTENSION_SECTORS * (options.withReserves ? 3 : 1);
  tree.sort();
  const encode = (placer: Placer) =>
    encodeTree(tree, manifest, { withTimes: options.withTimes, place: (node) => placer.place(tree, node) });
  // Once to know how long the record is, and again when it is written: nobody holds it in between.
  const placer = new Placer(dataStart);
  let recordBytes = 0;
  for (const bytes of encode(placer)) recordBytes += bytes.length;
  const pieces = Math.ceil(recordBytes / PART_BYTES);
  const extensionAt = (index: number) => (index === 0 ? FIRST_EXTENSION : placer.end + (index - 1) * EXTENSION_SECTORS);
  const used = extensionAt(pieces);
  const sectors = Math.max(
    used + Math.ceil(options.spareBytes / SECTOR_BYTES),
    Math.ceil(options.minimumBytes / SECTOR_BYTES),
  );
  return {
    uuid: options.uuid,
    sizeBytes: Math.ceil(sectors / ROUND_SECTORS) * ROUND_SECTORS * SECTOR_BYTES,
    log: function* () {
      yield { offsetBytes: 0, bytes: firstSector(options, FIRST_EXTENSION) };
      let index = 0;
      for (const piece of cut(encode(new Placer(dataStart)), PART_BYTES)) {
        const next = index + 1 < pieces ? extensionAt(index + 1) : undefined;
        yield {
          offsetBytes: extensionAt(index) * SECTOR_BYTES,
          bytes: extensionBytes(piece, recordBytes, index === 0, next),
        };
        index++;
      }
    },
    files: () => placedFiles(tree, dataStart),
    contentBytes: placer.contentBytes,
  };
}

/** Gives files their places, one behind the other. */
class Placer {
  #next: number;
  #contentBytes = 0;

  constructor(firstSector: number) {
    this.#next = firstSector;
  }

  /** The first sector behind all files. */
  get end(): number {
    return this.#next;
  }

  get contentBytes(): number {
    return this.#contentBytes;
  }

  /** The extents of a file with contents: one, or one for each run between holes. */
  place(tree: Tree, node: NodeId): PlacedExtent[] {
    const sizeBytes = tree.sizeOf(node);
    const runs = tree.runsOf(node);
    if (!runs) return [this.#extent(0, Math.ceil(sizeBytes / SECTOR_BYTES), sizeBytes)];
    const extents: PlacedExtent[] = [];
    for (let at = 0; at < runs.length; at += 2) extents.push(this.#extent(runs[at] ?? 0, runs[at + 1] ?? 0, sizeBytes));
    return extents;
  }

  #extent(fileSector: number, count: number, fileBytes: number): PlacedExtent {
    const sector = count < PAGE_SECTORS ? this.#next : Math.ceil(this.#next / PAGE_SECTORS) * PAGE_SECTORS;
    this.#next = sector + count;
    this.#contentBytes += Math.min(count * SECTOR_BYTES, fileBytes - fileSector * SECTOR_BYTES);
    return { fileSector, sector, count };
  }
}

function* placedFiles(tree: Tree, dataStart: number): Generator<PlacedFile> {
  const placer = new Placer(dataStart);
  for (const node of tree.walk()) {
    const sizeBytes = tree.typeOf(node) === "file" ? tree.sizeOf(node) : 0;
    if (sizeBytes === 0) continue;
    const content = tree.contentOf(node);
    for (const { fileSector, sector, count } of placer.place(tree, node)) {
      const fileOffset = fileSector * SECTOR_BYTES;
      const length = Math.min(count * SECTOR_BYTES, sizeBytes - fileOffset);
      yield { node, sector, sizeBytes: length, fileOffset, fileBytes: sizeBytes, content };
    }
  }
}

/** Bytes in an extension before its first frame: magic, version, the length as a varint of two bytes. */
const EXTENSION_HEADER_BYTES = MAGIC.length + 1 + 2;
/** What one part of a record can take: the frame byte and its two numbers beside it, and room for a link behind it. */
const PART_BYTES = EXTENSION_BYTES - EXTENSION_HEADER_BYTES - (1 + 2 * MAX_VARINT_BYTES) - LINK_ROOM;

/** The same bytes in pieces of `length`, the last one shorter. A piece is good until the next one is asked for. */
function* cut(parts: Iterable<Buffer>, length: number): Generator<Buffer> {
  const piece = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  for (const bytes of parts)
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(piece, filled, at);
      at += copied;
      filled += copied;
      if (filled < length) continue;
      yield piece;
      filled = 0;
    }
  if (filled > 0) yield piece.subarray(0, filled);
}

function extensionBytes(piece: Buffer, totalBytes: number, isFirst: boolean, next: number | undefined): Buffer {
  const writer = new ByteWriter(piece.length + 128);
  writer.string(MAGIC);
  writer.byte(VERSION);
  writer.varint(EXTENSION_SECTORS);
  writer.byte(isFirst ? Frame.record : Frame.more);
  if (isFirst) writer.varint(totalBytes);
  writer.varint(piece.length);
  writer.raw(piece);
  if (next !== undefined) writeLink(writer, next);
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
  writeLink(writer, firstExtension);
  writer.byte(Frame.end);
  return writer.bytes();
}

function writeLink(writer: ByteWriter, firstSector: number): void {
  writer.byte(Frame.link);
  writer.varint(firstSector);
  writer.varint(EXTENSION_SECTORS);
}
