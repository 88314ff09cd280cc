/** Shared objects (libraries, modules): what a resolver wants to know of one. Files that are none are passed over. */

import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ELF_MAGIC, ElfDamage, FileType, Machine, readHeader } from "../../../shared/elf.ts";
import { fileSource } from "../formats/byte-source.ts";
import { bytesOf, type DynamicFacts, readDynamic } from "../formats/elf/dynamic.ts";
import { analysisOf, readTables } from "../formats/elf/header.ts";
import { findSymbols } from "../formats/elf/symbols.ts";
import { FileMemo } from "../lib/file-memo.ts";
import { DLOPEN_MARKS } from "./dlopen-dependencies.ts";

export interface SharedObject {
  stat: Stats;
  dynamic: DynamicFacts | undefined;
  /** Which of DLOPEN_MARKS it imports. */
  marks: ReadonlySet<string>;
}

/** Libraries are looked for when a program is inspected, and again when it is built. */
const objects = new FileMemo<SharedObject | undefined>({
  maxEntries: 500,
  sizeOf: (object) => (object?.dynamic ? bytesOf(object.dynamic) : 0),
});

/** The shared object for x86-64 at `path`; undefined where there is none: loaders pass over others as we do. */
export async function readSharedObject(path: string): Promise<SharedObject | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return undefined;
    return await objects.of(path, stat, () => describe(handle, stat));
  } finally {
    await handle.close();
  }
}

/** Undefined for what is no such object. */
async function describe(handle: FileHandle, stat: Stats): Promise<SharedObject | undefined> {
  try {
    const source = analysisOf(fileSource(handle, stat.size));
    if ((await source.read(0, 4)).toString("latin1") !== ELF_MAGIC) return undefined;
    const header = await readHeader(source);
    if (header.machine !== Machine.x86_64 || header.bits !== 64 || header.type !== FileType.shared) return undefined;
    const tables = await readTables(source);
    const dynamic = await readDynamic(source, tables);
    const { imported } = await findSymbols(source, tables.sections, DLOPEN_MARKS);
    return { stat, dynamic, marks: imported };
  } catch (error) {
    if (error instanceof ElfDamage) return undefined;
    throw error;
  }
}
