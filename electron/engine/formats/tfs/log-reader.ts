/** Follows a TFS log from sector 0 through its extensions and hands its records on, in pieces as they are read. */

import type { ByteSource } from "../byte-source.ts";
import { MAX_VARINT_BYTES, type Read, readCount, TfsDamage } from "./codec.ts";
import { LogDecoder } from "./decode.ts";
import { Frame, MAGIC, SECTOR_BYTES, type Sectors, UUID_BYTES, VERSION, type VolumeIdentity } from "./log.ts";
import { type ByteString, Tuple } from "./value.ts";

/** How much is read at once. Most logs are a few kilobytes. */
const WINDOW_BYTES = 64 * 1024;
/** The longest header: magic, version, length, UUID, label and its NUL. */
const MAX_HEADER_BYTES = 64;

export interface ReplayedLog extends VolumeIdentity {
  root: Tuple;
  /** Where the log lies: sector 0, then each extension. */
  extensions: Sectors[];
  /** A name that stands in the log twice. */
  repeatedName: ByteString | undefined;
}

/** Reads the log of the volume in `source` to its end, without the root's attribute `leaveOut`. Throws TfsDamage. */
export async function replayLog(source: ByteSource, leaveOut?: ByteString): Promise<ReplayedLog> {
  const decoder = new LogDecoder(leaveOut);
  const extensions: Sectors[] = [];
  let identity: VolumeIdentity | undefined;
  let place: Sectors | undefined = { first: 0, count: 1 };
  const record = { missing: 0 };

  while (place) {
    claim(extensions, place, source.sizeBytes);
    const window = new Window(source, place.first * SECTOR_BYTES, place.count * SECTOR_BYTES);
    await readExtensionHeader(window, place.count);
    identity ??= await readIdentity(window);
    place = await readFrames(window, record, decoder);
  }
  if (record.missing > 0) throw new TfsDamage("the log ends inside of a record");
  if (!identity) throw new TfsDamage("the log has no beginning");
  return { ...identity, root: decoder.root ?? new Tuple(), extensions, repeatedName: decoder.repeatedName };
}

/** Reads what sector 0 says of the volume, and nothing else. Throws TfsDamage. */
export async function readVolumeIdentity(source: ByteSource): Promise<VolumeIdentity> {
  const window = new Window(source, 0, SECTOR_BYTES);
  await readExtensionHeader(window, 1);
  return await readIdentity(window);
}

/** Refuses an extension that leaves the volume or overlaps one that was read: so every log ends. */
function claim(known: Sectors[], place: Sectors, sizeBytes: number): void {
  if (place.count === 0) throw new TfsDamage("the log links to an extension of no length");
  if ((place.first + place.count) * SECTOR_BYTES > sizeBytes)
    throw new TfsDamage(`the log goes on at sector ${place.first}, beyond the end of the volume`);
  if (known.some((other) => place.first < other.first + other.count && other.first < place.first + place.count))
    throw new TfsDamage(`the log loops back to sector ${place.first}`);
  known.push(place);
}

async function readExtensionHeader(window: Window, expectedSectors: number): Promise<void> {
  await window.fill(MAX_HEADER_BYTES);
  if (window.text(MAGIC.length) !== MAGIC) throw new TfsDamage("there is no TFS here");
  const version = window.count();
  if (version !== VERSION)
    throw new TfsDamage(`this is version ${version} of TFS; only version ${VERSION} can be read`);
  const sectors = window.count();
  if (sectors !== expectedSectors)
    throw new TfsDamage(`a log extension says that it has ${sectors} sectors, its link says ${expectedSectors}`);
}

async function readIdentity(window: Window): Promise<VolumeIdentity> {
  const uuid = Buffer.from(window.text(UUID_BYTES), "latin1");
  const label = window.textToNul();
  return { uuid, label: Buffer.from(label, "latin1").toString("utf8") };
}

/** Reads the frames of one extension; returns the place of the next one, if there is one. */
async function readFrames(
  window: Window,
  record: { missing: number },
  decoder: LogDecoder,
): Promise<Sectors | undefined> {
  for (;;) {
    await window.fill(1 + 2 * MAX_VARINT_BYTES);
    const frame = window.byte();
    switch (frame) {
      case Frame.end:
        return undefined;
      case Frame.segment:
        break;
      case Frame.link:
        return { first: window.count(), count: window.count() };
      case Frame.record: {
        if (record.missing > 0) throw new TfsDamage("a record begins before the one before it has ended");
        record.missing = window.count();
        if (record.missing === 0) throw new TfsDamage("a record has no length");
        await readPart(window, record, decoder);
        break;
      }
      case Frame.more:
        if (record.missing === 0) throw new TfsDamage("a record goes on that has not begun");
        await readPart(window, record, decoder);
        break;
      default:
        throw new TfsDamage(`the log has the unknown frame ${frame}`);
    }
  }
}

async function readPart(window: Window, record: { missing: number }, decoder: LogDecoder): Promise<void> {
  let left = window.count();
  if (left > record.missing) throw new TfsDamage("the parts of a record are longer than the record");
  record.missing -= left;
  while (left > 0) {
    await window.fill(1);
    const piece = window.take(left);
    left -= piece.length;
    decoder.push(piece);
  }
  if (record.missing === 0) decoder.endRecord();
}

/** A log extension, seen through a buffer of a bounded size. */
class Window {
  readonly #source: ByteSource;
  /** Where the next bytes come from. */
  #next: number;
  readonly #end: number;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(source: ByteSource, offset: number, length: number) {
    this.#source = source;
    this.#next = offset;
    this.#end = offset + length;
  }

  /** Makes at least `count` bytes available, or all that the extension still has. */
  async fill(count: number): Promise<void> {
    const have = this.#bytes.length - this.#at;
    if (have >= count || this.#next >= this.#end) return;
    const fresh = await this.#source.read(this.#next, Math.min(WINDOW_BYTES, this.#end - this.#next));
    this.#next = fresh.length === 0 ? this.#end : this.#next + fresh.length;
    this.#bytes = have > 0 ? Buffer.concat([this.#bytes.subarray(this.#at), fresh]) : fresh;
    this.#at = 0;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new TfsDamage("the log ends without an end mark");
    this.#at++;
    return byte;
  }

  count(): number {
    const read: Read<number> | undefined = readCount(this.#bytes, this.#at);
    if (!read) throw new TfsDamage("the log ends inside of a number");
    this.#at += read.size;
    return read.value;
  }

  text(length: number): string {
    if (this.#at + length > this.#bytes.length) throw new TfsDamage("the log ends inside of its header");
    this.#at += length;
    return this.#bytes.toString("latin1", this.#at - length, this.#at);
  }

  textToNul(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0 || end - this.#at > MAX_HEADER_BYTES) throw new TfsDamage("the label has no end");
    const text = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** At most `count` of the bytes at hand, at least one. */
  take(count: number): Buffer {
    if (this.#at >= this.#bytes.length) throw new TfsDamage("the log ends inside of a record");
    const piece = this.#bytes.subarray(this.#at, Math.min(this.#at + count, this.#bytes.length));
    this.#at += piece.length;
    return piece;
  }
}
