/**
 * Replays the records of a TFS log into the tree that they describe.
 *
 * Bytes come in pieces of any size, as they are read: nothing waits for a whole record, so the memory taken is that of
 * the tree, never that of a length in the file. Nothing here recurses either; a stack of open tuples does it.
 */

import { type Header, type Read, readCount, readHeader, readVarint, TfsDamage, Type } from "./codec.ts";
import { type ByteString, Tuple, type Value } from "./value.ts";

/** Far beyond any real tree: a path of 4096 bytes is 4096 levels (a directory and its `children` are two). */
const MAX_DEPTH = 10_000;
/** The longest name or string: environments and embedded configuration stay far below. */
const MAX_STRING_BYTES = 1 << 20;
/** A file with one extent takes nine values: enough for a million files, in about a gigabyte of memory. */
const MAX_VALUES = 12_000_000;

/** A tuple or a vector that is being read. */
interface Open {
  into: Tuple | Value[];
  left: number;
  /** The attribute that the next value belongs to; undefined where a name comes next. */
  name: ByteString | undefined;
  index: number;
}

/** Thrown, and caught below, where the bytes at hand end inside of a token. */
const needMore = Symbol("more bytes are needed");

export class LogDecoder {
  /** Tuples, vectors and symbols by number; numbers begin at 1. */
  readonly #dictionary: (Tuple | Value[] | ByteString)[] = [];
  readonly #stack: Open[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;
  #values = 0;
  #root: Tuple | undefined;
  #begun = false;

  /** The root tuple, once a record has been read. */
  get root(): Tuple | undefined {
    return this.#root;
  }

  /** Takes the next bytes of a record. Throws TfsDamage. */
  push(bytes: Buffer): void {
    this.#rest = this.#at < this.#rest.length ? Buffer.concat([this.#rest.subarray(this.#at), bytes]) : bytes;
    this.#at = 0;
    for (;;) {
      const before = this.#at;
      try {
        if (!this.#step()) return;
      } catch (error) {
        if (error !== needMore) throw error;
        this.#at = before;
        return;
      }
    }
  }

  /** Says that the record is complete: it must be one whole value. */
  endRecord(): void {
    if (!this.#begun || this.#stack.length > 0) throw new TfsDamage("a record ends inside of a value");
    if (this.#at < this.#rest.length) throw new TfsDamage("a record goes on behind its value");
    this.#begun = false;
    this.#rest = Buffer.alloc(0);
    this.#at = 0;
  }

  /** Reads one name or one value. False when there is nothing to do. */
  #step(): boolean {
    const open = this.#stack.at(-1);
    if (!open) {
      if (this.#begun || this.#at >= this.#rest.length) return false;
      this.#beginRecord();
      return true;
    }
    if (open.left === 0) {
      this.#stack.pop();
      return true;
    }
    if (open.into instanceof Tuple && open.name === undefined) {
      open.name = this.#readName();
      return true;
    }
    this.#readValue(open);
    return true;
  }

  #beginRecord(): void {
    const header = this.#take(readHeader);
    if (header.type !== Type.tuple) throw new TfsDamage("a record is not a tuple");
    const tuple = this.#container(header);
    this.#begun = true;
    if (!(tuple instanceof Tuple)) throw new TfsDamage("a record refers to something that is not a tuple");
    this.#root ??= tuple;
  }

  #readName(): ByteString {
    const header = this.#take(readHeader);
    if (header.type !== Type.buffer) throw new TfsDamage("an attribute has no name");
    if (!header.immediate) {
      const name = this.#entry(header.number);
      if (typeof name !== "string") throw new TfsDamage("an attribute's name refers to something that is no name");
      return name;
    }
    const name = this.#string(header.number);
    this.#remember(name);
    return name;
  }

  #readValue(open: Open): void {
    const header = this.#take(readHeader);
    const value = this.#valueAfter(header);
    if (value === undefined) this.#remove(open);
    else this.#assign(open, value);
  }

  /** The value that `header` begins; undefined for the empty buffer, which deletes. Containers are left open, on top. */
  #valueAfter(header: Header): Value | undefined {
    switch (header.type) {
      case Type.tuple:
      case Type.vector:
        return this.#container(header);
      case Type.integer: {
        if (!header.immediate || header.number > 1) throw new TfsDamage("an integer has an unknown form");
        const magnitude = this.#take(readVarint);
        return header.number === 1 ? negative(magnitude) : magnitude;
      }
      case Type.string:
        return header.immediate ? this.#string(header.number) : this.#entry(header.number);
      case Type.buffer: {
        if (!header.immediate) return this.#entry(header.number);
        const bytes = this.#string(header.number);
        if (bytes === "") return undefined;
        return bytes === "\0" ? true : bytes;
      }
      default:
        throw new TfsDamage(`a value has the unknown type ${header.type}`);
    }
  }

  /** Opens the tuple or vector that `header` begins: a new one, or the one it refers to. */
  #container(header: Header): Tuple | Value[] {
    let into: Tuple | Value[];
    if (header.immediate) {
      into = header.type === Type.tuple ? new Tuple() : [];
      this.#remember(into);
    } else {
      const known = this.#entry(this.#take(readCount));
      if (typeof known === "string" || known instanceof Tuple !== (header.type === Type.tuple))
        throw new TfsDamage("a reference leads to a value of another type");
      into = known;
    }
    if (this.#stack.length >= MAX_DEPTH) throw new TfsDamage("values are nested too deeply");
    this.#stack.push({ into, left: header.number, name: undefined, index: 0 });
    return into;
  }

  #assign(open: Open, value: Value): void {
    if (++this.#values > MAX_VALUES) throw new TfsDamage("there is more metadata than can be read");
    if (open.into instanceof Tuple) open.into.set(open.name ?? "", value);
    else open.into[open.index] = value;
    next(open);
  }

  #remove(open: Open): void {
    if (open.into instanceof Tuple) open.into.delete(open.name ?? "");
    else open.into[open.index] = "";
    next(open);
  }

  #remember(entry: Tuple | Value[] | ByteString): void {
    if (this.#dictionary.length >= MAX_VALUES) throw new TfsDamage("there is more metadata than can be read");
    this.#dictionary.push(entry);
  }

  #entry(number: number): Tuple | Value[] | ByteString {
    const entry = this.#dictionary[number - 1];
    if (entry === undefined) throw new TfsDamage(`there is no entry ${number} to refer to`);
    return entry;
  }

  #string(length: number): ByteString {
    if (length > MAX_STRING_BYTES) throw new TfsDamage(`a string of ${length} bytes is too long`);
    if (this.#at + length > this.#rest.length) throw needMore;
    const value = this.#rest.toString("latin1", this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  #take<T>(read: (bytes: Buffer, at: number) => Read<T> | undefined): T {
    const token = read(this.#rest, this.#at);
    if (!token) throw needMore;
    this.#at += token.size;
    return token.value;
  }
}

function next(open: Open): void {
  open.name = undefined;
  open.index++;
  open.left--;
}

function negative(magnitude: number | bigint): number | bigint {
  return typeof magnitude === "bigint" ? -magnitude : magnitude === 0 ? 0 : -magnitude;
}
