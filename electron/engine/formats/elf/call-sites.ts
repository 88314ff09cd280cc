/**
 * Where an x86-64 program calls functions by name: found by the bytes of the calls, without disassembling. A call of another
 * kind (through a pointer) is not seen, and in rare cases data looks like one: it is a hint for people, no proof.
 */

import { address } from "../../../../shared/elf.ts";
import type { ByteSource } from "../byte-source.ts";
import { type ElfTables, readSection, type Section, SectionType, stringAt } from "./header.ts";

export interface CallSite {
  /** The function that is called. */
  call: string;
  /** The function that calls it, where the symbols tell. */
  within: string | undefined;
  address: number;
  fileOffset: number;
}

/** More of a section is not looked through. */
const MAX_SECTION_BYTES = 64 << 20;
const MAX_SITES_EACH = 4;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 24;
const STT_FUNC = 2;
/** R_X86_64_GLOB_DAT and R_X86_64_JUMP_SLOT: the linker's slot for the address of a function. */
const SLOT_TYPES = [6, 7];
/** `call rel32` and `jmp rel32`. */
const DIRECT = [0xe8, 0xe9];
/** `call *slot(%rip)` and `jmp *slot(%rip)`. */
const INDIRECT = [0x15, 0x25];
/** A stub of the procedure linkage table jumps at once, behind `bnd`, `endbr64`, or both. */
const STUB_BEGINNINGS = [0, 1, 4, 5];

interface FunctionSymbol {
  name: string;
  from: number;
  sizeBytes: number;
}

/** The first few places where each of `wanted` is called. */
export async function findCallSites(
  source: ByteSource,
  { sections }: ElfTables,
  wanted: readonly string[],
): Promise<CallSite[]> {
  const functions = await readFunctions(source, sections);
  const isWanted = new Set(wanted);
  const targets = new Map(functions.filter(({ name }) => isWanted.has(name)).map(({ name, from }) => [from, name]));
  const slots = await readSlots(source, sections, isWanted);
  for (const section of sections.filter(({ name }) => name.startsWith(".plt")))
    for (const stub of await scan(source, section, targets, slots))
      for (const before of STUB_BEGINNINGS) targets.set(stub.address - before, stub.call);
  const text = sections.find(({ name }) => name === ".text");
  const calls = text && targets.size + slots.size > 0 ? await scan(source, text, targets, slots) : [];
  return wanted.flatMap((call) =>
    calls
      .filter((site) => site.call === call)
      .slice(0, MAX_SITES_EACH)
      .map((site) => ({ ...site, within: around(functions, site.address) })),
  );
}

function around(functions: readonly FunctionSymbol[], place: number): string | undefined {
  return functions.find(({ from, sizeBytes }) => place >= from && place < from + sizeBytes)?.name;
}

async function readFunctions(source: ByteSource, sections: readonly Section[]): Promise<FunctionSymbol[]> {
  const functions: FunctionSymbol[] = [];
  for (const table of sections) {
    if (table.type !== SectionType.symbols || table.entryBytes !== SYMBOL_BYTES) continue;
    const strings = sections[table.link];
    if (!strings) continue;
    const names = await readSection(source, strings, MAX_SECTION_BYTES);
    const symbols = await readSection(source, table, MAX_SECTION_BYTES);
    for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
      const from = address(symbols, at + 8);
      if ((symbols.readUInt8(at + 4) & 0xf) !== STT_FUNC || from === 0) continue;
      functions.push({ name: stringAt(names, symbols.readUInt32LE(at)), from, sizeBytes: address(symbols, at + 16) });
    }
  }
  return functions;
}

/** Slots that the loader fills with the addresses of imported functions, by their own address. */
async function readSlots(
  source: ByteSource,
  sections: readonly Section[],
  isWanted: ReadonlySet<string>,
): Promise<Map<number, string>> {
  const slots = new Map<number, string>();
  for (const table of sections) {
    const symbolTable = sections[table.link];
    const stringTable = symbolTable && sections[symbolTable.link];
    if (table.type !== SectionType.relocations || symbolTable?.type !== SectionType.dynamicSymbols || !stringTable)
      continue;
    const [relocations, symbols, names] = await Promise.all(
      [table, symbolTable, stringTable].map((section) => readSection(source, section, MAX_SECTION_BYTES)),
    );
    if (!relocations || !symbols || !names) continue;
    for (let at = 0; at + RELOCATION_BYTES <= relocations.length; at += RELOCATION_BYTES) {
      const symbolAt = relocations.readUInt32LE(at + 12) * SYMBOL_BYTES;
      if (!SLOT_TYPES.includes(relocations.readUInt32LE(at + 8)) || symbolAt + SYMBOL_BYTES > symbols.length) continue;
      const name = stringAt(names, symbols.readUInt32LE(symbolAt));
      if (isWanted.has(name)) slots.set(address(relocations, at), name);
    }
  }
  return slots;
}

async function scan(
  source: ByteSource,
  section: Section,
  targets: ReadonlyMap<number, string>,
  slots: ReadonlyMap<number, string>,
): Promise<Omit<CallSite, "within">[]> {
  if (!Number.isSafeInteger(section.address + section.offset)) return [];
  const bytes = await readSection(source, section, MAX_SECTION_BYTES);
  const sites: Omit<CallSite, "within">[] = [];
  const note = (call: string | undefined, at: number) => {
    if (call !== undefined) sites.push({ call, address: section.address + at, fileOffset: section.offset + at });
  };
  for (let at = 0; at + 6 <= bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    // Both kinds are relative to the instruction that follows.
    if (DIRECT.includes(byte)) note(targets.get(section.address + at + 5 + bytes.readInt32LE(at + 1)), at);
    else if (byte === 0xff && INDIRECT.includes(bytes[at + 1] ?? 0))
      note(slots.get(section.address + at + 6 + bytes.readInt32LE(at + 2)), at);
  }
  return sites;
}
