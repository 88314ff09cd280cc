/**
 * Looks for symbols by name: what a program imports, and what of its libraries has been linked into it.
 *
 * The names are looked for in the string table first; only where one occurs are the symbols looked through. Linkers let
 * one string end in another (`fork` in `vfork`), so every place counts where the bytes occur before a NUL.
 */

import type { ByteSource } from "../byte-source.ts";
import { readSection, type Section, SectionType } from "./header.ts";

/** Tables beyond this are not looked through to their end. */
const MAX_TABLE_BYTES = 64 << 20;
const SYMBOL_BYTES = 24;
const SHN_UNDEFINED = 0;
/** STT_FILE and STT_SECTION name no function. */
const TYPES_WITHOUT_CODE = [3, 4];

export interface FoundSymbols {
  /** Needed from a library. */
  imported: Set<string>;
  /** Defined in the file itself. */
  defined: Set<string>;
}

export async function findSymbols(
  source: ByteSource,
  sections: readonly Section[],
  wanted: readonly string[],
): Promise<FoundSymbols> {
  const found: FoundSymbols = { imported: new Set(), defined: new Set() };
  for (const table of sections) {
    if (table.type !== SectionType.symbols && table.type !== SectionType.dynamicSymbols) continue;
    const stringsSection = sections[table.link];
    if (!stringsSection || table.entryBytes !== SYMBOL_BYTES) continue;
    const offsets = findOffsets(await readSection(source, stringsSection, MAX_TABLE_BYTES), wanted);
    if (offsets.size === 0) continue;
    const symbols = await readSection(source, table, MAX_TABLE_BYTES);
    for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
      const name = offsets.get(symbols.readUInt32LE(at));
      if (name === undefined || TYPES_WITHOUT_CODE.includes(symbols.readUInt8(at + 4) & 0xf)) continue;
      (symbols.readUInt16LE(at + 6) === SHN_UNDEFINED ? found.imported : found.defined).add(name);
    }
  }
  return found;
}

function findOffsets(strings: Buffer, wanted: readonly string[]): Map<number, string> {
  const offsets = new Map<number, string>();
  for (const name of wanted) {
    const bytes = Buffer.from(`${name}\0`, "latin1");
    for (let at = strings.indexOf(bytes); at >= 0; at = strings.indexOf(bytes, at + 1)) offsets.set(at, name);
  }
  return offsets;
}
