/**
 * A captured file that ends at its limit, between two frames: what is in it is whole, and a marker beside it says that more
 * came. It is written as its bytes come, so a keeper that takes over goes on within a frame, too.
 */

import { closeSync, fstatSync, ftruncateSync, readSync, statSync, writeSync } from "node:fs";
import { openRegularSync } from "../lib/open-regular.ts";

/** Of pcap (draft-ietf-opsawg-pcap), in the byte order that QEMU writes here: the host's, which is little-endian. */
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const CAPTURED_AT = 8;
const WHOLE_AT = 12;
/** QEMU is told to cut frames there (`maxlen`). */
const MAX_FRAME_BYTES = 65_536;
const REPLAY_BYTES = 64 << 10;

export interface CapturePaths {
  file: string;
  fullMarker: string;
}

export class BoundedCapture {
  readonly #paths: CapturePaths;
  readonly #limitBytes: () => number;
  readonly #file: number;
  /** Bytes that were taken, to the end of the latest record that was begun. */
  #end = FILE_HEADER_BYTES;
  /** How many of them are still to come. */
  #left = FILE_HEADER_BYTES;
  /** The part of a record's header that has come. */
  #header = Buffer.alloc(0);
  #isFull: boolean;

  /** Goes on where the file ends. */
  constructor(paths: CapturePaths, limitBytes: () => number) {
    this.#paths = paths;
    this.#limitBytes = limitBytes;
    this.#file = openRegularSync(paths.file, "a");
    this.#isFull = statSync(paths.fullMarker, { throwIfNoEntry: false }) !== undefined;
    this.#replay();
    if (this.#isFull) this.#mark();
  }

  /** Drops what would go beyond the limit, and all that comes after it. Throws what writing throws; that ends it too. */
  append(bytes: Buffer): void {
    if (this.#isFull) return;
    const before = fstatSync(this.#file).size;
    const accepted = this.#accept(bytes);
    try {
      for (let at = 0; at < accepted.length; ) at += writeSync(this.#file, accepted, at);
    } catch (error) {
      // Half a record would make the rest unreadable.
      ftruncateSync(this.#file, before);
      this.#end = before;
      this.#isFull = true;
      throw error;
    } finally {
      if (this.#isFull) this.#mark();
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #mark(): void {
    closeSync(openRegularSync(this.#paths.fullMarker, "a"));
  }

  /** What of these bytes is to be written. */
  #accept(bytes: Buffer): Buffer {
    const accepted: Buffer[] = [];
    for (let at = 0; at < bytes.length && !this.#isFull; ) {
      const wanted = this.#left > 0 ? this.#left : RECORD_HEADER_BYTES - this.#header.length;
      const piece = bytes.subarray(at, at + wanted);
      at += piece.length;
      if (this.#left > 0) {
        this.#left -= piece.length;
        accepted.push(piece);
        continue;
      }
      this.#header = Buffer.concat([this.#header, piece]);
      if (this.#header.length === RECORD_HEADER_BYTES) accepted.push(this.#begin(this.#header));
    }
    return Buffer.concat(accepted);
  }

  /** A record whose header has come whole: nothing of it where it does not fit. */
  #begin(header: Buffer): Buffer {
    const captured = header.readUInt32LE(CAPTURED_AT);
    const end = this.#end + RECORD_HEADER_BYTES + captured;
    this.#header = Buffer.alloc(0);
    // A size that can't be: bytes were lost with an earlier keeper, so no record begins here.
    const isRecord = captured <= MAX_FRAME_BYTES && captured <= header.readUInt32LE(WHOLE_AT);
    if (!isRecord || end > this.#limitBytes()) {
      this.#isFull = true;
      return this.#header;
    }
    this.#end = end;
    this.#left = captured;
    return header;
  }

  /** Finds the place within a record where the file ends. */
  #replay(): void {
    const reader = openRegularSync(this.#paths.file);
    try {
      const piece = Buffer.alloc(REPLAY_BYTES);
      for (let length = -1; length !== 0 && !this.#isFull; ) {
        length = readSync(reader, piece);
        this.#accept(piece.subarray(0, length));
      }
    } finally {
      closeSync(reader);
    }
  }
}
