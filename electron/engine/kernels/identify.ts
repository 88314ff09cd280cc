/** Which kernel a kernel file is. */

import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { ELF_MAGIC, ElfDamage, Machine, readHeader } from "../../../shared/elf.ts";
import type { ByteSource } from "../formats/byte-source.ts";
import { readTables } from "../formats/elf/header.ts";
import { readNotes } from "../formats/elf/notes.ts";

export interface KernelIdentity {
  kind: KernelRelease["kind"];
  /** Known for Pith, which carries it; Nanos does not. */
  version: string | undefined;
  /** Undefined for what is no ELF file. */
  architecture: "x86-64" | "arm64" | undefined;
}

/** The owner of the note in which Pith names its version (docs/formats.md, "A kernel release"). */
const PITH_NOTE_OWNER = "Pith";
/** Nanos looks up its release in the environment under this name, which therefore stands among its strings. */
const NANOS_MARK = "NANOS_VERSION";
const WINDOW_BYTES = 1 << 20;
/** No kernel is larger than the boot file system that it goes into. */
const MAX_SEARCH_BYTES = 12 << 20;

export async function identifyKernel(source: ByteSource): Promise<KernelIdentity> {
  const identity: KernelIdentity = { kind: "unknown", version: undefined, architecture: undefined };
  if ((await source.read(0, ELF_MAGIC.length)).toString("latin1") !== ELF_MAGIC) return identity;
  try {
    const { machine, bits, isLittleEndian } = await readHeader(source);
    if (bits !== 64 || !isLittleEndian) return identity;
    if (machine === Machine.x86_64) identity.architecture = "x86-64";
    if (machine === Machine.arm64) identity.architecture = "arm64";
    const note = (await readNotes(source, await readTables(source))).find(({ owner }) => owner === PITH_NOTE_OWNER);
    if (note) return { ...identity, kind: "pith", version: note.bytes.toString("utf8").replace(/\0.*$/s, "") };
    return { ...identity, kind: (await contains(source, NANOS_MARK)) ? "nanos" : "unknown" };
  } catch (error) {
    if (error instanceof ElfDamage) return identity;
    throw error;
  }
}

async function contains(source: ByteSource, text: string): Promise<boolean> {
  const end = Math.min(source.sizeBytes, MAX_SEARCH_BYTES);
  // Windows overlap, so that a mark on their border is seen.
  for (let at = 0; at < end; at += WINDOW_BYTES)
    if ((await source.read(at, WINDOW_BYTES + text.length)).includes(text, 0, "latin1")) return true;
  return false;
}
