/**
 * Copies the contents of many files to where a layout has placed them.
 *
 * The places are consecutive, so they are filled in windows of a few megabytes: small files of one window are read side by
 * side and written at once, large ones pass through several windows. While one window is written the next is read, and what
 * was written long before is saved to the disk; memory is that of two windows, whatever the tree.
 */

import type { Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { createHash } from "../../lib/crypto.ts";
import { writeAt } from "../byte-source.ts";
import { OpenFiles, readWhole } from "./host-files.ts";
import type { PlacedFile } from "./layout.ts";
import { SECTOR_BYTES } from "./log.ts";
import type { NodeId } from "./tree.ts";

const WINDOW_BYTES = 4 << 20;
/** A window of tiny files ends here: what is known of each lives as long as its window. */
const WINDOW_PIECES = 512;
/** Files of a window that are read side by side. */
const READERS = 32;
/** So much is written before the disk begins to save it, beside what follows: the sync at the end then waits for little. */
const SAVE_BYTES = 64 << 20;

export interface CopyOptions {
  signal: AbortSignal;
  /** Called with the number of bytes that have been read. */
  onProgress?: (bytes: number) => void;
  /** A file whose SHA-256 is wanted. */
  digestOf?: NodeId | undefined;
  /** Gets all contents, in the order of their places. */
  hash?: Hash | undefined;
}

/** A piece of a file, and where in the window it goes. */
interface Piece {
  file: PlacedFile;
  fileOffset: number;
  windowOffset: number;
  length: number;
}

interface Window {
  /** Where in the volume it begins. */
  offsetBytes: number;
  length: number;
  pieces: Piece[];
}

/**
 * Copies `files`, in their order, into the volume that begins at `volumeOffset` of `target`. Returns the digest of
 * `digestOf` in hexadecimal digits. Throws file.changed, file.unreadable, and the signal's reason.
 */
export async function copyContents(
  files: Iterable<PlacedFile>,
  target: FileHandle,
  volumeOffset: number,
  { signal, onProgress = () => {}, digestOf, hash }: CopyOptions,
): Promise<string | undefined> {
  const digest = digestOf === undefined ? undefined : createHash("sha256");
  const sources = new OpenFiles();
  const buffers: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];
  let slot = 0;
  let writing: Promise<void> = Promise.resolve();
  const saving = new Saving(target);
  try {
    for (const window of windowsOf(files)) {
      signal.throwIfAborted();
      // The buffer of the window before the last one is free: its write has been waited for.
      slot = 1 - slot;
      const whole = largeEnough(buffers[slot], window.length);
      buffers[slot] = whole;
      const buffer = whole.subarray(0, window.length);
      await readWindow(window, buffer, sources, signal, onProgress);
      hash?.update(buffer);
      if (digest) updateDigest(digest, digestOf, window, buffer);
      await writing;
      writing = writeAt(target, buffer, volumeOffset + window.offsetBytes).then(() => saving.advance(window.length));
      writing.catch(() => {});
    }
  } finally {
    await sources.close();
    // Nobody may close the target while a write is under way.
    await writing.catch(() => {});
    await saving.end();
  }
  await writing;
  saving.throwIfFailed();
  return digest?.digest("hex");
}

/** Saves a file to the disk while it is written, one part after the other. */
class Saving {
  readonly #target: FileHandle;
  #unsavedBytes = 0;
  #underWay: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(target: FileHandle) {
    this.#target = target;
  }

  /** `bytes` more have been handed to the system. */
  advance(bytes: number): void {
    this.#unsavedBytes += bytes;
    if (this.#unsavedBytes < SAVE_BYTES || this.#underWay) return;
    this.#unsavedBytes = 0;
    this.#underWay = this.#target
      .datasync()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }

  async end(): Promise<void> {
    await this.#underWay;
  }

  /** The system tells of a failed write once: the sync at the end would know nothing of it. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** Cuts the files' places into windows. A window has no gap but the ends of its sectors and pages. */
function* windowsOf(files: Iterable<PlacedFile>): Generator<Window> {
  let window: Window | undefined;
  for (const file of files) {
    const start = file.sector * SECTOR_BYTES;
    for (let done = 0; done < file.sizeBytes; ) {
      const at = start + done;
      if (window && (at - window.offsetBytes >= WINDOW_BYTES || window.pieces.length >= WINDOW_PIECES)) {
        yield window;
        window = undefined;
      }
      window ??= { offsetBytes: at, length: 0, pieces: [] };
      const windowOffset = at - window.offsetBytes;
      const length = Math.min(file.sizeBytes - done, WINDOW_BYTES - windowOffset);
      window.pieces.push({ file, fileOffset: file.fileOffset + done, windowOffset, length });
      window.length = windowOffset + length;
      done += length;
    }
  }
  if (window) yield window;
}

async function readWindow(
  window: Window,
  buffer: Buffer,
  sources: OpenFiles,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  let end = 0;
  for (const piece of window.pieces) {
    buffer.fill(0, end, piece.windowOffset);
    end = piece.windowOffset + piece.length;
  }
  const pieces = window.pieces.values();
  const reader = async () => {
    for (const piece of pieces) {
      signal.throwIfAborted();
      await readPiece(piece, buffer.subarray(piece.windowOffset, piece.windowOffset + piece.length), sources);
      onProgress(piece.length);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(READERS, window.pieces.length) }, reader));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

async function readPiece({ file, fileOffset, length }: Piece, into: Buffer, sources: OpenFiles): Promise<void> {
  const { content, fileBytes } = file;
  if (Buffer.isBuffer(content)) {
    content.copy(into, 0, fileOffset, fileOffset + length);
    return;
  }
  if (length === fileBytes) await readWhole(content, into);
  else await sources.readPart(content, fileOffset, into);
}

function updateDigest(digest: Hash, node: NodeId | undefined, window: Window, buffer: Buffer): void {
  for (const { file, windowOffset, length } of window.pieces)
    if (file.node === node) digest.update(buffer.subarray(windowOffset, windowOffset + length));
}

function largeEnough(buffer: Buffer | undefined, length: number): Buffer {
  if (buffer && buffer.length >= length) return buffer;
  // What fits into the first window mostly fits into one: small builds take small buffers.
  return Buffer.allocUnsafe(length);
}
