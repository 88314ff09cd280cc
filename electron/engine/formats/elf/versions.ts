/**
 * Versions of symbols (GLIBC_2.34): those that an object needs of its libraries, and those that a library has. The tables
 * are those of the Linux Standard Base, "Symbol Versioning".
 */

import { ElfDamage } from "../../../../shared/elf.ts";
import { stringAt } from "./header.ts";

export interface VersionNeed {
  /** The library, as in DT_NEEDED. */
  file: string;
  version: string;
}

const NEED_BYTES = 16;
const DEFINITION_BYTES = 20;
const AUXILIARY_BYTES = 16;
/** In `vna_flags` and `vd_flags`: a need that only warns; the entry that names the library itself. */
const FLAG_WEAK = 2;
const FLAG_BASE = 1;
/** More than any object has; entries name their followers, which may be themselves. */
const MAX_ENTRIES = 65_536;

/** Reads DT_VERNEED: `count` libraries with their versions. Weak needs are left out. Throws ElfDamage. */
export function readVersionNeeds(table: Buffer, count: number, strings: Buffer): VersionNeed[] {
  const needs: VersionNeed[] = [];
  let steps = 0;
  forEachEntry(table, 0, Math.min(count, MAX_ENTRIES), { bytes: NEED_BYTES, nextAt: 12 }, (at) => {
    const file = stringAt(strings, table.readUInt32LE(at + 4));
    const first = at + table.readUInt32LE(at + 8);
    forEachEntry(table, first, table.readUInt16LE(at + 2), { bytes: AUXILIARY_BYTES, nextAt: 12 }, (auxiliary) => {
      if (++steps > MAX_ENTRIES) throw new ElfDamage("its version requirements do not end");
      if ((table.readUInt16LE(auxiliary + 4) & FLAG_WEAK) !== 0) return;
      needs.push({ file, version: stringAt(strings, table.readUInt32LE(auxiliary + 8)) });
    });
  });
  return needs;
}

/** Reads DT_VERDEF: names of the versions that the library has. Throws ElfDamage. */
export function readVersionDefinitions(table: Buffer, count: number, strings: Buffer): Set<string> {
  const versions = new Set<string>();
  forEachEntry(table, 0, Math.min(count, MAX_ENTRIES), { bytes: DEFINITION_BYTES, nextAt: 16 }, (at) => {
    if ((table.readUInt16LE(at + 2) & FLAG_BASE) !== 0) return;
    const name = at + table.readUInt32LE(at + 12);
    if (name + 4 > table.length) throw new ElfDamage("its versions are truncated");
    versions.add(stringAt(strings, table.readUInt32LE(name)));
  });
  return versions;
}

/** Calls `use` for a chain of entries: each says at `nextAt` how far on the next one is, or 0. Throws ElfDamage. */
function forEachEntry(
  table: Buffer,
  first: number,
  count: number,
  { bytes, nextAt }: { bytes: number; nextAt: number },
  use: (at: number) => void,
): void {
  let at = first;
  for (let index = 0; index < count; index++) {
    if (at + bytes > table.length) throw new ElfDamage("its versions are truncated");
    use(at);
    const next = table.readUInt32LE(at + nextAt);
    if (next === 0) return;
    at += next;
  }
}
