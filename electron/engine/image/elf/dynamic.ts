/** The dynamic section: which libraries a program or library needs, and where it wants them looked for. */

import type { ByteSource } from "../byte-source.ts";
import { address, ElfDamage, type ElfTables, SegmentType, stringAt } from "./header.ts";

export interface DynamicFacts {
  needed: string[];
  soname: string | undefined;
  /** Search path of the object and all that it loads; ignored by loaders where there is a RUNPATH. */
  rpath: string[];
  /** Search path of the object alone. */
  runpath: string[];
  isPie: boolean;
}

const Tag = {
  end: 0,
  needed: 1,
  strings: 5,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6ffffffb,
} as const;
const FLAG_1_PIE = 0x08000000;
const ENTRY_BYTES = 16;
const MAX_DYNAMIC_BYTES = 1 << 20;
const MAX_STRINGS_BYTES = 16 << 20;
const MAX_NEEDED = 4096;

/** Reads the dynamic segment; undefined where there is none. Throws ElfDamage. */
export async function readDynamic(source: ByteSource, { segments }: ElfTables): Promise<DynamicFacts | undefined> {
  const segment = segments.find(({ type }) => type === SegmentType.dynamic);
  if (!segment) return undefined;
  if (segment.offset > source.sizeBytes) throw new ElfDamage("its dynamic section is cut off");
  const bytes = await source.read(segment.offset, Math.min(segment.fileBytes, MAX_DYNAMIC_BYTES));
  const entries: { tag: number; value: number }[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const tag = address(bytes, at);
    if (tag === Tag.end) break;
    entries.push({ tag, value: address(bytes, at + 8) });
  }
  const first = (tag: number) => entries.find((entry) => entry.tag === tag)?.value;
  const strings = await readStrings(source, segments, first(Tag.strings), first(Tag.stringsSize) ?? 0);
  const all = (tag: number) =>
    entries.filter((entry) => entry.tag === tag).map(({ value }) => stringAt(strings, value));
  return {
    needed: all(Tag.needed).slice(0, MAX_NEEDED),
    soname: all(Tag.soname)[0],
    rpath: splitSearchPath(all(Tag.rpath)[0]),
    runpath: splitSearchPath(all(Tag.runpath)[0]),
    isPie: ((first(Tag.flags1) ?? 0) & FLAG_1_PIE) !== 0,
  };
}

/** The string table, which the dynamic section names by its address in memory. */
async function readStrings(
  source: ByteSource,
  segments: ElfTables["segments"],
  at: number | undefined,
  sizeBytes: number,
): Promise<Buffer> {
  if (at === undefined) return Buffer.alloc(0);
  const load = segments.find(
    ({ type, address, fileBytes }) => type === SegmentType.load && at >= address && at < address + fileBytes,
  );
  if (!load) throw new ElfDamage("its dynamic strings are not in the file");
  return await source.read(load.offset + (at - load.address), Math.min(sizeBytes, MAX_STRINGS_BYTES));
}

function splitSearchPath(path: string | undefined): string[] {
  return (path ?? "").split(":").filter((part) => part !== "");
}
