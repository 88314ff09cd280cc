/** ELF notes: small named records, such as the build id and the version of a kernel. */

import { SegmentType } from "../../../../shared/elf.ts";
import type { ByteSource } from "../byte-source.ts";
import type { ElfTables } from "./header.ts";

export interface Note {
  owner: string;
  type: number;
  bytes: Buffer;
}

const MAX_NOTES_BYTES = 64 * 1024;
const NOTE_HEADER_BYTES = 12;

/** The notes in all note segments; of a damaged segment those before the damage. */
export async function readNotes(source: ByteSource, { segments }: ElfTables): Promise<Note[]> {
  const notes: Note[] = [];
  let left = MAX_NOTES_BYTES;
  for (const { type, offset, fileBytes } of segments) {
    if (type !== SegmentType.note || offset > source.sizeBytes || left <= 0) continue;
    const bytes = await source.read(offset, Math.min(fileBytes, left));
    left -= bytes.length;
    notes.push(...parseNotes(bytes));
  }
  return notes;
}

function parseNotes(bytes: Buffer): Note[] {
  const notes: Note[] = [];
  for (let at = 0; at + NOTE_HEADER_BYTES <= bytes.length; ) {
    const nameBytes = bytes.readUInt32LE(at);
    const valueBytes = bytes.readUInt32LE(at + 4);
    const valueAt = at + NOTE_HEADER_BYTES + align(nameBytes);
    if (valueAt + valueBytes > bytes.length) break;
    const owner = bytes
      .toString("latin1", at + NOTE_HEADER_BYTES, at + NOTE_HEADER_BYTES + nameBytes)
      .replace(/\0.*$/s, "");
    notes.push({ owner, type: bytes.readUInt32LE(at + 8), bytes: bytes.subarray(valueAt, valueAt + valueBytes) });
    at = valueAt + align(valueBytes);
  }
  return notes;
}

/** Names and values are padded to four bytes. */
function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}
