/** Makes small ELF files for tests: what no compiler would write, and what no compiler of the host can. */

import type { Note } from "./notes.ts";

export interface ElfOptions {
  bits?: 1 | 2;
  order?: 1 | 2;
  osAbi?: number;
  type?: number;
  machine?: number;
  entry?: number;
  interpreter?: string;
  notes?: Note[];
  needed?: string[];
  soname?: string;
  rpath?: string;
  runpath?: string;
  isPie?: boolean;
  /** Bytes of the one segment that is loaded. */
  data?: Buffer;
  /** Contents of sections by name, beside those that are made of the other options. */
  sections?: Record<string, Buffer>;
  symbols?: { name: string; isDefined: boolean }[];
}

interface Part {
  type: number;
  bytes: Buffer;
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
/** Addresses in memory are offsets in the file. */
const ADDRESS_OF_FILE = 0;

export function makeElf(options: ElfOptions = {}): Buffer {
  const strings = stringTable();
  const parts: Part[] = [{ type: 1, bytes: options.data ?? Buffer.from("code") }];
  if (options.interpreter) parts.push({ type: 3, bytes: Buffer.from(`${options.interpreter}\0`) });
  if (options.notes) parts.push({ type: 4, bytes: Buffer.concat(options.notes.map(encodeNote)) });
  const dynamic = dynamicEntries(options, strings.add);
  const isDynamic = dynamic.length > 0;
  if (isDynamic)
    parts.push({ type: 1, bytes: strings.bytes() }, { type: 2, bytes: Buffer.alloc((dynamic.length + 3) * 16) });

  let offset = HEADER_BYTES + parts.length * SEGMENT_BYTES;
  const placed = parts.map((part) => {
    const place = { ...part, offset };
    offset = Math.ceil((offset + part.bytes.length) / 16) * 16;
    return place;
  });
  const stringsAt = placed.at(-2)?.offset ?? 0;
  if (isDynamic) fillDynamic(placed.at(-1)?.bytes, dynamic, stringsAt, strings.bytes().length);

  const body = Buffer.alloc(offset);
  body.set(header(options, parts.length));
  placed.forEach(({ type, bytes, offset }, index) => {
    body.set(segment(type, offset, bytes.length), HEADER_BYTES + index * SEGMENT_BYTES);
    body.set(bytes, offset);
  });
  return appendSections(body, options);
}

function header(
  { bits = 2, order = 1, osAbi = 0, type = 2, machine = 62, entry = 0x1000 }: ElfOptions,
  segments: number,
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write("\x7fELF", "latin1");
  bytes.set([bits, order, 1, osAbi], 4);
  const u16 = (value: number, at: number) =>
    order === 1 ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  u16(type, 16);
  u16(machine, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(entry), 24);
  bytes.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  u16(HEADER_BYTES, 52);
  u16(SEGMENT_BYTES, 54);
  u16(segments, 56);
  u16(SECTION_BYTES, 58);
  return bytes;
}

function segment(type: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(SEGMENT_BYTES);
  bytes.writeUInt32LE(type, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(BigInt(ADDRESS_OF_FILE + offset), 16);
  bytes.writeBigUInt64LE(BigInt(length), 32);
  bytes.writeBigUInt64LE(BigInt(length), 40);
  return bytes;
}

function encodeNote({ owner, type, bytes }: Note): Buffer {
  const padded = (part: Buffer) => Buffer.concat([part, Buffer.alloc(-part.length & 3)]);
  const name = Buffer.from(`${owner}\0`);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(bytes.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, padded(name), padded(bytes)]);
}

function dynamicEntries(options: ElfOptions, add: (text: string) => number): [tag: number, value: number][] {
  const entries: [number, number][] = (options.needed ?? []).map((name) => [1, add(name)]);
  if (options.soname) entries.push([14, add(options.soname)]);
  if (options.rpath) entries.push([15, add(options.rpath)]);
  if (options.runpath) entries.push([29, add(options.runpath)]);
  if (options.isPie) entries.push([0x6ffffffb, 0x08000000]);
  return entries;
}

function fillDynamic(
  into: Buffer | undefined,
  entries: [number, number][],
  stringsAt: number,
  stringsBytes: number,
): void {
  const all: [number, number][] = [...entries, [5, ADDRESS_OF_FILE + stringsAt], [10, stringsBytes]];
  all.forEach(([tag, value], index) => {
    into?.writeBigUInt64LE(BigInt(tag), index * 16);
    into?.writeBigUInt64LE(BigInt(value), index * 16 + 8);
  });
}

function stringTable() {
  const texts = [""];
  const bytes = () => Buffer.from(`${texts.join("\0")}\0`);
  const add = (text: string) => {
    const at = bytes().length;
    texts.push(text);
    return at;
  };
  return { add, bytes };
}

function appendSections(body: Buffer, { sections = {}, symbols }: ElfOptions): Buffer {
  const all = Object.entries(sections).map(([name, bytes]) => ({ name, bytes, type: 1, link: 0, entryBytes: 0 }));
  if (symbols) {
    const names = stringTable();
    const table = Buffer.alloc(24 * (symbols.length + 1));
    symbols.forEach(({ name, isDefined }, index) => {
      const at = 24 * (index + 1);
      table.writeUInt32LE(names.add(name), at);
      table.writeUInt8(0x12, at + 4);
      table.writeUInt16LE(isDefined ? 1 : 0, at + 6);
    });
    // The null section is number 0.
    all.push({ name: ".symtab", bytes: table, type: 2, link: all.length + 2, entryBytes: 24 });
    all.push({ name: ".strtab", bytes: names.bytes(), type: 3, link: 0, entryBytes: 0 });
  }
  if (all.length === 0) return body;
  const names = stringTable();
  const nameOffsets = all.map(({ name }) => names.add(name));
  const namesOffset = names.add(".shstrtab");
  all.push({ name: ".shstrtab", bytes: names.bytes(), type: 3, link: 0, entryBytes: 0 });
  const tables = [Buffer.alloc(SECTION_BYTES)];
  let offset = body.length;
  all.forEach(({ bytes, type, link, entryBytes }, index) => {
    const entry = Buffer.alloc(SECTION_BYTES);
    entry.writeUInt32LE(nameOffsets[index] ?? namesOffset, 0);
    entry.writeUInt32LE(type, 4);
    entry.writeBigUInt64LE(BigInt(offset), 24);
    entry.writeBigUInt64LE(BigInt(bytes.length), 32);
    entry.writeUInt32LE(link, 40);
    entry.writeBigUInt64LE(BigInt(entryBytes), 56);
    tables.push(entry);
    offset += bytes.length;
  });
  body.writeBigUInt64LE(BigInt(offset), 40);
  body.writeUInt16LE(tables.length, 60);
  body.writeUInt16LE(tables.length - 1, 62);
  return Buffer.concat([body, ...all.map(({ bytes }) => bytes), ...tables]);
}
