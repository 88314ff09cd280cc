/**
 * Cuts a log that has grown too long, without losing a byte that is still to be kept: what it holds is put aside, and it
 * begins anew. QEMU has it open for appending and goes on at its new beginning.
 *
 * Most is copied while the machine runs; for the rest, and for the cut, the machine stands still for a moment, because a
 * byte that came between copying and cutting would be lost.
 */

import { truncateSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { openRegular } from "../lib/open-regular.ts";
import type { ConsoleIndex, ConsoleSource } from "./console-index.ts";

const PIECE_BYTES = 1 << 20;
const UNFINISHED = ".cutting";

export interface CutOptions {
  index: ConsoleIndex;
  source: ConsoleSource;
  log: string;
  /** Makes the machine stand still; throws where it can't. */
  hold: () => Promise<void>;
  release: () => Promise<void>;
}

/** Throws what holding, copying and writing throw; the log is then as it was. */
export async function cutLog({ index, source, log, hold, release }: CutOptions): Promise<void> {
  const unfinished = log + UNFINISHED;
  await using from = await openRegular(log);
  await using to = await open(unfinished, "w", 0o600);
  const copied = await copyFrom(from, to, 0);
  index.noteCut(source, "begun");
  try {
    await hold();
    try {
      await copyFrom(from, to, copied);
      await rename(unfinished, index.nextAside(source));
      // Nothing may come between these: from the first to the last the log's bytes would be counted twice.
      index.noteCut(source, "copied");
      truncateSync(log, 0);
    } finally {
      await release();
    }
  } finally {
    index.noteCut(source, "done");
    await removeOldAsides(index, source, log);
  }
}

/** Removes what was put aside by earlier cuts, or by one that came to nothing. */
export async function removeOldAsides(index: ConsoleIndex, source: ConsoleSource, log: string): Promise<void> {
  const folder = dirname(log);
  const present = basename(index.presentAside(source));
  for (const name of await readdir(folder))
    if (name.startsWith(`${basename(log)}.`) && name !== present) await rm(join(folder, name), { force: true });
}

/** Copies from offset `at` to the present end; gives the offset of that. */
async function copyFrom(from: FileHandle, to: FileHandle, at: number): Promise<number> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let offset = at; ; ) {
    const { bytesRead } = await from.read(piece, 0, piece.length, offset);
    if (bytesRead === 0) return offset;
    await to.write(piece, 0, bytesRead, offset);
    offset += bytesRead;
  }
}
