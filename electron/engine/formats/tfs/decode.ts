/**
 * Replays the records of a TFS log into the tree that they describe.
 *
 * Bytes come in pieces of any size, as they are read: nothing waits for a whole record, so the memory taken is that of
 * the tree, never that of a length in the file. Nothing here recurses either; a stack of open tuples does it.
 */

import { type Header, type Read, readCount, readHeader, readVarint, TfsDamage, Type } from "./codec.ts";
import { Dictionary, type Entry, LeftOut, leftOutTuple, leftOutVector } from "./dictionary.ts";
import { type ByteString, Tuple, type Value } from "./value.ts";

/** Far beyond any real tree: a path of 4096 bytes is 4096 levels (a directory and its `children` are two). */
const MAX_DEPTH = 10_000;
/** The longest name or string: environments and embedded configuration stay far below. */
const MAX_STRING_BYTES = 1 << 20;
/** A file with one extent takes nine values: enough for a million files, in about a gigabyte of memory. */
const MAX_VALUES = 12_000_000;

/** A tuple or a vector that is being read. */
interface Open {
  into: Tuple | Value[] | LeftOut;
  left: number;
  /** The attribute that the next value belongs to; undefined where a name comes next. */
  name: ByteString | undefined;
  index: number;
}

/** Thrown, and caught below, where the bytes at hand end inside of a token. */
const needMore = Symbol("more bytes are needed");

export class LogDecoder {
  readonly #dictionary = new Dictionary();
  /** The root's attribute that is read over. */
  readonly #leaveOut: ByteString | undefined;
  readonly #stack: Open[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;
  #values = 0;
  #root: Tuple | undefined;
  #begun = false;

  /** `leaveOut`: an attribute of the root whose value nobody will look at, such as `children`, which is most of a log. */
  constructor(leaveOut?: ByteString) {
    this.#leaveOut = leaveOut;
  }

  /** The root tuple, once a record has been read. */
  get root(): Tuple | undefined {
    return this.#root;
  }

  /** A name that the log has written out twice. */
  get repeatedName(): ByteString | undefined {
    return this.#dictionary.repeatedName;
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
    if (open.name === undefined && isTuple(open.into)) {
      open.name = this.#readName(open.into instanceof LeftOut);
      return true;
    }
    this.#readValue(open);
    return true;
  }

  #beginRecord(): void {
    const header = this.#take(readHeader);
    if (header.type !== Type.tuple) throw new TfsDamage("a record is not a tuple");
    const tuple = this.#container(header, false);
    this.#begun = true;
    if (!isTuple(tuple)) throw new TfsDamage("a record refers to something that is not a tuple");
    if (tuple instanceof Tuple) this.#root ??= tuple;
  }

  #readName(isLeftOut: boolean): ByteString {
    const header = this.#take(readHeader);
    if (header.type !== Type.buffer) throw new TfsDamage("an attribute has no name");
    if (!header.immediate) {
      const name = this.#entry(header.number);
      if (typeof name !== "string") throw new TfsDamage("an attribute's name refers to something that is no name");
      return name;
    }
    const name = this.#string(header.number);
    this.#checkSize();
    if (isLeftOut) this.#dictionary.addLeftOutName(name);
    else this.#dictionary.add(name);
    return name;
  }

  #readValue(open: Open): void {
    const header = this.#take(readHeader);
    const isLeftOut =
      open.into instanceof LeftOut || (open.into === this.#root && open.name === this.#leaveOut && isContainer(header));
    const value = this.#valueAfter(header, isLeftOut);
    if (value === undefined) this.#remove(open);
    else this.#assign(open, value);
  }

  /** The value that `header` begins; undefined for the empty buffer, which deletes. Containers are left open, on top. */
  #valueAfter(header: Header, isLeftOut: boolean): Value | LeftOut | undefined {
    switch (header.type) {
      case Type.tuple:
      case Type.vector:
        return this.#container(header, isLeftOut);
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
  #container(header: Header, isLeftOut: boolean): Tuple | Value[] | LeftOut {
    let into: Tuple | Value[] | LeftOut;
    if (header.immediate) {
      if (isLeftOut) into = header.type === Type.tuple ? leftOutTuple : leftOutVector;
      else into = header.type === Type.tuple ? new Tuple() : [];
      this.#checkSize();
      this.#dictionary.add(into);
    } else {
      const known = this.#entry(this.#take(readCount));
      if (typeof known === "string" || isTuple(known) !== (header.type === Type.tuple))
        throw new TfsDamage("a reference leads to a value of another type");
      into = known;
    }
    if (this.#stack.length >= MAX_DEPTH) throw new TfsDamage("values are nested too deeply");
    this.#stack.push({ into, left: header.number, name: undefined, index: 0 });
    return into;
  }

  #assign(open: Open, value: Value | LeftOut): void {
    if (++this.#values > MAX_VALUES) throw new TfsDamage("the metadata exceeds the size limit");
    if (open.into instanceof LeftOut) next(open);
    else if (value instanceof LeftOut) this.#remove(open);
    else {
      if (open.into instanceof Tuple) open.into.set(open.name ?? "", value);
      else open.into[open.index] = value;
      next(open);
    }
  }

  #remove(open: Open): void {
    if (open.into instanceof Tuple) open.into.delete(open.name ?? "");
    else if (Array.isArray(open.into)) open.into[open.index] = "";
    next(open);
  }

  #checkSize(): void {
    if (this.#dictionary.size >= MAX_VALUES) throw new TfsDamage("the metadata exceeds the size limit");
  }

  #entry(number: number): Entry {
    const entry = this.#dictionary.get(number);
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

const isTuple = (container: Tuple | Value[] | LeftOut) =>
  container instanceof Tuple || (container instanceof LeftOut && container.isTuple);

const isContainer = ({ type }: Header) => type === Type.tuple || type === Type.vector;

function next(open: Open): void {
  open.name = undefined;
  open.index++;
  open.left--;
}

function negative(magnitude: number | bigint): number | bigint {
  return typeof magnitude === "bigint" ? -magnitude : magnitude === 0 ? 0 : -magnitude;
}
