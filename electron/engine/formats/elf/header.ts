/**
 * The headers of an ELF file: what it is, its segments, its sections (System V ABI, "Object Files"). Reads the tables and
 * nothing else; every number is checked against the file before it is used.
 */

import { type ByteSource, budgeted } from "../byte-source.ts";

/** An ELF file that contradicts itself, or ends too early. */
export class ElfDamage extends Error {
  override readonly name = "ElfDamage";
}

export const FileType = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;
export const Machine = { i386: 3, x86_64: 62, arm64: 183 } as const;
export const SegmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const;
export const SectionType = { symbols: 2, relocations: 4, notLoaded: 8, dynamicSymbols: 11 } as const;

export interface Segment {
  type: number;
  offset: number;
  address: number;
  fileBytes: number;
  memoryBytes: number;
}

export interface Section {
  name: string;
  type: number;
  offset: number;
  address: number;
  sizeBytes: number;
  /** Index of the section that this one refers to: the strings of a symbol table. */
  link: number;
  entryBytes: number;
}

export interface ElfHeader {
  bits: 32 | 64;
  isLittleEndian: boolean;
  /** EI_OSABI: 0 System V, 3 Linux, 9 FreeBSD. */
  osAbi: number;
  type: number;
  machine: number;
  entry: number;
}

export interface ElfTables {
  segments: Segment[];
  /** Empty where the file has no section table, as some packers leave it. */
  sections: Section[];
}

const IDENT_BYTES = 16;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
const MAX_SEGMENTS = 4096;
const MAX_SECTIONS = 65_536;
const MAX_SECTION_NAMES_BYTES = 4 << 20;

/** What is read to learn about a program. The tables of a very large one, with its symbols, are some hundred MB. */
const MAX_ANALYSIS_BYTES = 1 << 29;

/** A program as analysis reads it, whatever its size: only so much in all, and not after an abort. Throws ElfDamage beyond. */
export function analysisOf(source: ByteSource, signal?: AbortSignal): ByteSource {
  return budgeted(source, MAX_ANALYSIS_BYTES, () => new ElfDamage("its tables are too large to be read"), signal);
}

/** The first four bytes of every ELF file. */
export const ELF_MAGIC = "\x7fELF";

/** Reads the ELF header; the file begins with the magic. Throws ElfDamage. */
export async function readHeader(source: ByteSource): Promise<ElfHeader> {
  const bytes = await source.read(0, HEADER_BYTES);
  const bits = { 1: 32 as const, 2: 64 as const }[bytes[4] ?? 0];
  const order = bytes[5];
  if (bytes.length < 52 || bits === undefined || (order !== 1 && order !== 2) || bytes[6] !== 1)
    throw new ElfDamage("its header is cut off or makes no sense");
  const isLittleEndian = order === 1;
  const u16 = (at: number) => (isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  return {
    bits,
    isLittleEndian,
    osAbi: bytes[7] ?? 0,
    type: u16(IDENT_BYTES),
    machine: u16(IDENT_BYTES + 2),
    entry: bits === 64 && isLittleEndian && bytes.length === HEADER_BYTES ? address(bytes, 24) : 0,
  };
}

/** Reads the segment and section tables of a 64-bit little-endian file. Throws ElfDamage. */
export async function readTables(source: ByteSource): Promise<ElfTables> {
  const header = await source.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) throw new ElfDamage("its header is cut off");
  const segments = await readSegments(source, header);
  return { segments, sections: await readSections(source, header) };
}

async function readSegments(source: ByteSource, header: Buffer): Promise<Segment[]> {
  const offset = address(header, 32);
  const entryBytes = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (count === 0) return [];
  if (entryBytes !== SEGMENT_BYTES || count > MAX_SEGMENTS) throw new ElfDamage("its segment table makes no sense");
  const bytes = await readExactly(source, offset, count * SEGMENT_BYTES, "its segment table");
  return Array.from({ length: count }, (_, index) => {
    const at = index * SEGMENT_BYTES;
    const segment: Segment = {
      type: bytes.readUInt32LE(at),
      offset: address(bytes, at + 8),
      address: address(bytes, at + 16),
      fileBytes: address(bytes, at + 32),
      memoryBytes: address(bytes, at + 40),
    };
    if (
      segment.type === SegmentType.load &&
      segment.fileBytes > 0 &&
      segment.offset + segment.fileBytes > source.sizeBytes
    )
      throw new ElfDamage(
        `it is cut off: a segment ends at byte ${segment.offset + segment.fileBytes}, the file at ${source.sizeBytes}`,
      );
    return segment;
  });
}

async function readSections(source: ByteSource, header: Buffer): Promise<Section[]> {
  const offset = address(header, 40);
  const entryBytes = header.readUInt16LE(58);
  const count = header.readUInt16LE(60);
  const namesIndex = header.readUInt16LE(62);
  // A file whose section table is cut off still runs: sections are for tools.
  if (count === 0 || count > MAX_SECTIONS || entryBytes !== SECTION_BYTES) return [];
  const bytes = await source.read(Math.min(offset, source.sizeBytes), count * SECTION_BYTES);
  if (bytes.length < count * SECTION_BYTES) return [];
  const sections = Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_BYTES;
    return {
      nameOffset: bytes.readUInt32LE(at),
      type: bytes.readUInt32LE(at + 4),
      address: address(bytes, at + 16),
      offset: address(bytes, at + 24),
      sizeBytes: address(bytes, at + 32),
      link: bytes.readUInt32LE(at + 40),
      entryBytes: address(bytes, at + 56),
    };
  });
  const namesSection = sections[namesIndex];
  const names = namesSection ? await readSection(source, namesSection, MAX_SECTION_NAMES_BYTES) : Buffer.alloc(0);
  return sections.map(({ nameOffset, ...section }) => ({ name: stringAt(names, nameOffset), ...section }));
}

/** The bytes of a section, as many as the file and `limitBytes` allow. */
export async function readSection(
  source: ByteSource,
  section: Pick<Section, "type" | "offset" | "sizeBytes">,
  limitBytes: number,
): Promise<Buffer> {
  if (section.type === SectionType.notLoaded || section.offset > source.sizeBytes) return Buffer.alloc(0);
  return await source.read(section.offset, Math.min(section.sizeBytes, limitBytes));
}

export async function readExactly(source: ByteSource, offset: number, length: number, what: string): Promise<Buffer> {
  const bytes = offset > source.sizeBytes ? Buffer.alloc(0) : await source.read(offset, length);
  if (bytes.length < length) throw new ElfDamage(`${what} is cut off`);
  return bytes;
}

/** A string of a string table, up to its NUL or the table's end. */
export function stringAt(table: Buffer, offset: number): string {
  if (offset >= table.length) return "";
  const end = table.indexOf(0, offset);
  return table.toString("utf8", offset, end < 0 ? table.length : end);
}

/** A 64-bit number; one beyond 2^53 becomes infinite, which no check lets pass. */
export function address(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32LE(at + 4);
  return high > 0x1fffff ? Number.POSITIVE_INFINITY : high * 2 ** 32 + bytes.readUInt32LE(at);
}
