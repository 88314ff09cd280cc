/** Numbers and headers of the TFS log: varints, and the first byte of a value (docs/formats.md, "Numbers"). */

/** Types of a value, bits 6..4 of its header. A buffer is a symbol where an attribute's name is expected. */
export const Type = { buffer: 0, tuple: 1, vector: 2, integer: 3, string: 4 } as const;
export type Type = (typeof Type)[keyof typeof Type];

/** A varint of 64 bits has at most this many bytes; so has a header. */
export const MAX_VARINT_BYTES = 10;

const IMMEDIATE = 0x80;
const CONTINUES = 0x80;
const HEADER_CONTINUES = 0x08;

/** Bytes that grow as they are written. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 4096) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What has been written; valid until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Starts over; what was written is discarded. */
  reset(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** A byte string, each character a byte. */
  string(value: string): void {
    this.#reserve(value.length);
    this.#length += this.#buffer.write(value, this.#length, "latin1");
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  varint(value: number | bigint): void {
    if (value < 0 || (typeof value === "number" && !Number.isSafeInteger(value)))
      throw new RangeError(`${value} can't be written as a varint`);
    this.#groups(typeof value === "number" ? varintSize(value) : groupsOf(value), value);
  }

  /** The header of a value, with its number: a count, a length, a dictionary number, or a sign. */
  header(immediate: boolean, type: Type, number: number): void {
    const first = (immediate ? IMMEDIATE : 0) | (type << 4);
    if (number < 8) {
      this.byte(first | number);
      return;
    }
    let groups = 1;
    while (number >= 8 * 128 ** groups) groups++;
    this.byte(first | HEADER_CONTINUES | Math.floor(number / 128 ** groups));
    this.#groups(groups, number);
  }

  /** The lowest `count` groups of seven bits, the last without the continuation bit. */
  #groups(count: number, value: number | bigint): void {
    this.#reserve(count);
    for (let group = count - 1; group >= 0; group--) {
      const bits =
        typeof value === "bigint"
          ? Number((value >> BigInt(7 * group)) & 0x7fn)
          : Math.floor(value / 128 ** group) % 128;
      this.#buffer[this.#length++] = bits | (group > 0 ? CONTINUES : 0);
    }
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  while (value >= 128 ** size) size++;
  return size;
}

function groupsOf(value: bigint): number {
  let size = 1;
  while (value >> BigInt(7 * size)) size++;
  return size;
}

/** A number that was read, and how many bytes it took. */
export interface Read<T> {
  value: T;
  size: number;
}

/** Bytes that are no TFS. The message says what was expected; the function that opened the volume turns it into a Problem. */
export class TfsDamage extends Error {
  override readonly name = "TfsDamage";
}

/** The varint at `at`; undefined if the bytes end before it does. Numbers beyond 2^53 are bigints. Throws TfsDamage. */
export function readVarint(bytes: Buffer, at: number): Read<number | bigint> | undefined {
  return readGroups(bytes, at, 0);
}

/** The same for a number that counts or places something: it must be exact as a number. */
export function readCount(bytes: Buffer, at: number): Read<number> | undefined {
  const read = readGroups(bytes, at, 0);
  if (!read) return undefined;
  return { value: exact(read.value), size: read.size };
}

export interface Header {
  immediate: boolean;
  type: number;
  number: number;
}

/** The header at `at`; undefined if the bytes end before it does. Throws TfsDamage. */
export function readHeader(bytes: Buffer, at: number): Read<Header> | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const immediate = (first & IMMEDIATE) !== 0;
  const type = (first >> 4) & 7;
  if (!(first & HEADER_CONTINUES)) return { value: { immediate, type, number: first & 7 }, size: 1 };
  const rest = readGroups(bytes, at + 1, first & 7);
  if (!rest) return undefined;
  return { value: { immediate, type, number: exact(rest.value) }, size: 1 + rest.size };
}

/** Groups of seven bits, appended below `top`. */
function readGroups(bytes: Buffer, at: number, top: number): Read<number | bigint> | undefined {
  let value = top;
  let large: bigint | undefined;
  for (let size = 1; ; size++) {
    if (size > MAX_VARINT_BYTES) throw new TfsDamage("a number is longer than 64 bits");
    const byte = bytes[at + size - 1];
    if (byte === undefined) return undefined;
    const bits = byte & 0x7f;
    if (large === undefined && value < 2 ** 46) value = value * 128 + bits;
    else large = ((large ?? BigInt(value)) << 7n) | BigInt(bits);
    if (byte & CONTINUES) continue;
    if (large === undefined) return { value, size };
    if (large >= 1n << 64n) throw new TfsDamage("a number is longer than 64 bits");
    return { value: large <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(large) : large, size };
  }
}

function exact(value: number | bigint): number {
  if (typeof value === "bigint") throw new TfsDamage(`the number ${value} is too large for what it counts`);
  return value;
}
