/** The sections of an ELF file (System V ABI, "Object Files"). Its header and segments are in `shared/elf.ts`. */

import { address, ElfDamage, HEADER_BYTES, readSegments, type Segment } from "../../../../shared/elf.ts";
import { type ByteSource, budgeted } from "../byte-source.ts";

export const SectionType = { symbols: 2, relocations: 4, notLoaded: 8, dynamicSymbols: 11 } as const;

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

export interface ElfTables {
  segments: Segment[];
  /** Empty where the file has no section table, as some packers leave it. */
  sections: Section[];
}

const SECTION_BYTES = 64;
const MAX_SECTIONS = 65_536;
const MAX_SECTION_NAMES_BYTES = 4 << 20;

/** What is read to learn about a program. The tables of a very large one, with its symbols, are some hundred MB. */
const MAX_ANALYSIS_BYTES = 1 << 29;

/** A program as analysis reads it, whatever its size: only so much in all, and not after an abort. Throws ElfDamage beyond. */
export function analysisOf(source: ByteSource, signal?: AbortSignal): ByteSource {
  return budgeted(source, MAX_ANALYSIS_BYTES, () => new ElfDamage("its tables are too large to be read"), signal);
}

/** Reads the segment and section tables of a 64-bit little-endian file. Throws ElfDamage. */
export async function readTables(source: ByteSource): Promise<ElfTables> {
  const segments = await readSegments(source);
  return { segments, sections: await readSections(source, await source.read(0, HEADER_BYTES)) };
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
