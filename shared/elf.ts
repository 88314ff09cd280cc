/**
 * The headers of an ELF file and what kind of file they say it is (System V ABI, "Object Files"). For the engine and for
 * the window, which looks at files that have no path; every number is checked against the file before it is used.
 */

/** Bytes to read from: up to `length` from `offset`, fewer only where the source ends. */
export interface ElfSource {
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** An ELF file that contradicts itself, or ends too early. */
export class ElfDamage extends Error {
  override readonly name = "ElfDamage";
}

export const FileType = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;
export const Machine = { i386: 3, x86_64: 62, arm64: 183 } as const;
export const SegmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const;

export interface Segment {
  type: number;
  offset: number;
  address: number;
  fileBytes: number;
  memoryBytes: number;
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

export interface DynamicEntry {
  tag: number;
  value: number;
}

export const DynamicTag = { end: 0, needed: 1, soname: 14, flags1: 0x6ffffffb } as const;

/** The first four bytes of every ELF file. */
export const ELF_MAGIC = "\x7fELF";

const IDENT_BYTES = 16;
export const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const MAX_SEGMENTS = 4096;
const FLAG_1_PIE = 0x08000000;
const DYNAMIC_ENTRY_BYTES = 16;
const MAX_DYNAMIC_BYTES = 1 << 20;

/** Reads the ELF header; the file begins with the magic. Throws ElfDamage. */
export async function readHeader(source: ElfSource): Promise<ElfHeader> {
  const bytes = await source.read(0, HEADER_BYTES);
  const bits = { 1: 32 as const, 2: 64 as const }[bytes[4] ?? 0];
  const order = bytes[5];
  if (bytes.length < 52 || bits === undefined || (order !== 1 && order !== 2) || bytes[6] !== 1)
    throw new ElfDamage("its header is truncated or invalid");
  const isLittleEndian = order === 1;
  return {
    bits,
    isLittleEndian,
    osAbi: bytes[7] ?? 0,
    type: viewOf(bytes).getUint16(IDENT_BYTES, isLittleEndian),
    machine: viewOf(bytes).getUint16(IDENT_BYTES + 2, isLittleEndian),
    entry: bits === 64 && isLittleEndian && bytes.length === HEADER_BYTES ? address(bytes, 24) : 0,
  };
}

/** Reads the segment table of a 64-bit little-endian file. Throws ElfDamage. */
export async function readSegments(source: ElfSource): Promise<Segment[]> {
  const header = await source.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) throw new ElfDamage("its header is truncated");
  const offset = address(header, 32);
  const entryBytes = viewOf(header).getUint16(54, true);
  const count = viewOf(header).getUint16(56, true);
  if (count === 0) return [];
  if (entryBytes !== SEGMENT_BYTES || count > MAX_SEGMENTS) throw new ElfDamage("its segment table is invalid");
  const sizeBytes = count * SEGMENT_BYTES;
  const bytes = offset > source.sizeBytes ? new Uint8Array() : await source.read(offset, sizeBytes);
  if (bytes.length < sizeBytes) throw new ElfDamage("its segment table is truncated");
  return Array.from({ length: count }, (_, index) => readSegment(bytes, index * SEGMENT_BYTES, source.sizeBytes));
}

function readSegment(bytes: Uint8Array, at: number, fileSizeBytes: number): Segment {
  const segment: Segment = {
    type: viewOf(bytes).getUint32(at, true),
    offset: address(bytes, at + 8),
    address: address(bytes, at + 16),
    fileBytes: address(bytes, at + 32),
    memoryBytes: address(bytes, at + 40),
  };
  const end = segment.offset + segment.fileBytes;
  if (segment.type === SegmentType.load && segment.fileBytes > 0 && end > fileSizeBytes)
    throw new ElfDamage(`it is truncated: a segment ends at byte ${end}, the file at ${fileSizeBytes}`);
  return segment;
}

/** Reads the entries of the dynamic segment; undefined where there is none. Throws ElfDamage. */
export async function readDynamicEntries(
  source: ElfSource,
  segments: readonly Segment[],
): Promise<DynamicEntry[] | undefined> {
  const segment = segments.find(({ type }) => type === SegmentType.dynamic);
  if (!segment) return undefined;
  if (segment.offset > source.sizeBytes) throw new ElfDamage("its dynamic section is truncated");
  const bytes = await source.read(segment.offset, Math.min(segment.fileBytes, MAX_DYNAMIC_BYTES));
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + DYNAMIC_ENTRY_BYTES <= bytes.length; at += DYNAMIC_ENTRY_BYTES) {
    const tag = address(bytes, at);
    if (tag === DynamicTag.end) break;
    entries.push({ tag, value: address(bytes, at + 8) });
  }
  return entries;
}

export const isPie = (entries: readonly DynamicEntry[]) =>
  ((entries.find(({ tag }) => tag === DynamicTag.flags1)?.value ?? 0) & FLAG_1_PIE) !== 0;

export type ElfKind = "program" | "library" | "object" | "core" | "unknown";

/** What kind of file it is: the one rule for whatever chooses programs. */
export function elfKind(
  { type, entry }: Pick<ElfHeader, "type" | "entry">,
  segments: readonly Segment[],
  dynamic: readonly DynamicEntry[] | undefined,
): ElfKind {
  if (type === FileType.relocatable) return "object";
  if (type === FileType.core) return "core";
  if (type === FileType.executable) return "program";
  if (type !== FileType.shared) return "unknown";
  if (segments.some((segment) => segment.type === SegmentType.interpreter)) return "program";
  // Without an interpreter, a position-independent program and a library differ by what the linker left behind.
  if (!dynamic) return entry === 0 ? "library" : "program";
  if (isPie(dynamic)) return "program";
  const isNamed = dynamic.some(({ tag }) => tag === DynamicTag.soname || tag === DynamicTag.needed);
  return isNamed || entry === 0 ? "library" : "program";
}

/** Reads as much of a file as its kind depends on; undefined where it is not an ELF file. Throws ElfDamage. */
export async function readElfKind(source: ElfSource): Promise<ElfKind | undefined> {
  const magic = String.fromCharCode(...(await source.read(0, ELF_MAGIC.length)));
  if (magic !== ELF_MAGIC) return undefined;
  const header = await readHeader(source);
  // Of another architecture's file only the type is known, which is enough to say why it cannot run.
  if (header.bits !== 64 || !header.isLittleEndian) return elfKind({ ...header, entry: 1 }, [], undefined);
  const segments = await readSegments(source);
  return elfKind(header, segments, await readDynamicEntries(source, segments));
}

/** Whether a file is named as shared libraries are: `libz.so`, `libz.so.1`, `libz.so.1.2.13`. */
export const isLibraryName = (name: string) => /\.so(\.\d+)*$/.test(name);

/** A 64-bit number; one beyond 2^53 becomes infinite, which no check lets pass. */
export function address(bytes: Uint8Array, at: number): number {
  const view = viewOf(bytes);
  const high = view.getUint32(at + 4, true);
  return high > 0x1fffff ? Number.POSITIVE_INFINITY : high * 2 ** 32 + view.getUint32(at, true);
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
