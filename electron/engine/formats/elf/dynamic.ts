/** The dynamic section: which libraries a program or library needs, and where it wants them looked for. */

import { type DynamicEntry, DynamicTag, ElfDamage, readDynamicEntries, SegmentType } from "../../../../shared/elf.ts";
import type { ByteSource } from "../byte-source.ts";
import { type ElfTables, stringAt } from "./header.ts";
import { readVersionDefinitions, readVersionNeeds, type VersionNeed } from "./versions.ts";

export interface DynamicFacts {
  needed: string[];
  soname: string | undefined;
  /** Search path of the object and all that it loads; ignored by loaders where there is a RUNPATH. */
  rpath: string[];
  /** Search path of the object alone. */
  runpath: string[];
  /** As they are in the file. */
  entries: DynamicEntry[];
  /** The loader shall not look in its own folders. */
  skipsDefaultFolders: boolean;
  /** Versions that it needs of its libraries, and those that it has itself. */
  versionNeeds: VersionNeed[];
  versions: ReadonlySet<string>;
}

/** What a name takes in memory besides its characters, roughly. */
const NAME_BYTES = 32;

/** What these take in memory, roughly: a file may name whatever its maker liked. */
export function bytesOf({ needed, soname = "", rpath, runpath, versionNeeds, versions }: DynamicFacts): number {
  const wanted = versionNeeds.flatMap(({ version, file }) => [version, file]);
  let bytes = 0;
  for (const names of [needed, [soname], rpath, runpath, wanted, versions])
    for (const name of names) bytes += name.length + NAME_BYTES;
  return bytes;
}

const Tag = {
  ...DynamicTag,
  strings: 5,
  stringsSize: 10,
  rpath: 15,
  runpath: 29,
  versionDefinitions: 0x6ffffffc,
  versionDefinitionCount: 0x6ffffffd,
  versionNeeds: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
} as const;
const FLAG_1_NO_DEFAULT_LIBRARIES = 0x800;
const MAX_STRINGS_BYTES = 16 << 20;
const MAX_VERSIONS_BYTES = 1 << 20;
const MAX_NEEDED = 4096;

/** Reads the dynamic segment; undefined where there is none. Throws ElfDamage. */
export async function readDynamic(source: ByteSource, { segments }: ElfTables): Promise<DynamicFacts | undefined> {
  const entries = await readDynamicEntries(source, segments);
  if (!entries) return undefined;
  const first = (tag: number) => entries.find((entry) => entry.tag === tag)?.value;
  const strings = await readStrings(source, segments, first(Tag.strings), first(Tag.stringsSize) ?? 0);
  const all = (tag: number) =>
    entries.filter((entry) => entry.tag === tag).map(({ value }) => stringAt(strings, value));
  const table = async (tag: number) => {
    const at = first(tag);
    return at === undefined ? Buffer.alloc(0) : await readAt(source, segments, at, MAX_VERSIONS_BYTES, "versions");
  };
  const flags1 = first(Tag.flags1) ?? 0;
  const needCount = first(Tag.versionNeedCount) ?? 0;
  const definitionCount = first(Tag.versionDefinitionCount) ?? 0;
  return {
    entries,
    needed: all(Tag.needed).slice(0, MAX_NEEDED),
    soname: all(Tag.soname)[0],
    rpath: splitSearchPath(all(Tag.rpath)[0]),
    runpath: splitSearchPath(all(Tag.runpath)[0]),
    skipsDefaultFolders: (flags1 & FLAG_1_NO_DEFAULT_LIBRARIES) !== 0,
    versionNeeds: readVersionNeeds(await table(Tag.versionNeeds), needCount, strings),
    versions: readVersionDefinitions(await table(Tag.versionDefinitions), definitionCount, strings),
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
  return await readAt(source, segments, at, Math.min(sizeBytes, MAX_STRINGS_BYTES), "dynamic strings");
}

/** What will be at an address in memory, `limitBytes` at most, and no further than its segment goes in the file. */
async function readAt(
  source: ByteSource,
  segments: ElfTables["segments"],
  at: number,
  limitBytes: number,
  what: string,
): Promise<Buffer> {
  const load = segments.find(
    ({ type, address, fileBytes }) => type === SegmentType.load && at >= address && at < address + fileBytes,
  );
  if (!load) throw new ElfDamage(`its ${what} are not in the file`);
  const inside = at - load.address;
  return await source.read(load.offset + inside, Math.min(limitBytes, load.fileBytes - inside));
}

function splitSearchPath(path: string | undefined): string[] {
  return (path ?? "").split(":").filter((part) => part !== "");
}
