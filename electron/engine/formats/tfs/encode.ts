/**
 * Encodes a tree and its manifest as the one record of a new log. The bytes leave as they are made, and nothing recurses: a
 * tree may be as large and as deep as it likes.
 */

import { ByteWriter, Type } from "./codec.ts";
import type { NameTable } from "./name-table.ts";
import { Numbers } from "./numbers.ts";
import { type NodeId, ROOT, type Tree } from "./tree.ts";
import { type ByteString, Tuple, type Value } from "./value.ts";

/** What is still to be written: a named value of the tuple or vector at hand, or the end of it. */
type Named<T> = Iterator<readonly [ByteString | undefined, T]>;

/** Bytes are handed on in pieces of about this size. */
const PIECE_BYTES = 64 * 1024;

export interface FileOptions {
  /** Whether files say when they were last changed. */
  withTimes: boolean;
  /** Asked where the contents of each file with any are, in the order of `tree.walk()`. */
  place: (node: NodeId) => readonly PlacedExtent[];
}

/** All in sectors: where in the file it begins, where in the volume, how long it is. */
export interface PlacedExtent {
  fileSector: number;
  sector: number;
  count: number;
}

/** The root tuple: `manifest`'s attributes and `children`. A piece is good until the next one is asked for. */
export function* encodeTree(tree: Tree, manifest: Tuple, files: FileOptions): Generator<Buffer> {
  const encoder = new ValueEncoder(tree.names);
  encoder.tuple(manifest.size + 1);
  for (const [name, value] of manifest.entries()) {
    if (name === "children") throw new RangeError("the tree does not belong into the manifest");
    encoder.name(name);
    encoder.value(value);
  }
  encoder.name("children");
  encoder.tuple(tree.sizeOf(ROOT));
  // A tuple says how many attributes it has, and then they follow: so the order of the walk is that of the log.
  for (const node of tree.walk()) {
    if (encoder.length >= PIECE_BYTES) yield encoder.take();
    encodeNode(encoder, tree, node, files);
  }
  yield encoder.take();
}

function encodeNode(encoder: ValueEncoder, tree: Tree, node: NodeId, { withTimes, place }: FileOptions): void {
  encoder.nameById(tree.nameIdOf(node));
  const type = tree.typeOf(node);
  switch (type) {
    case "directory":
      encoder.tuple(tree.modeOf(node) === undefined ? 1 : 2);
      encodeMode(encoder, tree.modeOf(node));
      encoder.name("children");
      encoder.tuple(tree.sizeOf(node));
      return;
    case "link":
      encoder.tuple(1);
      encoder.name("linktarget");
      encoder.string(tree.targetOf(node));
      return;
    case "file":
      encodeFile(encoder, tree, node, { withTimes, place });
      return;
    default:
      throw new TypeError(`unknown type ${type satisfies never}`);
  }
}

/** As a decimal text: kernels that know nothing of it keep it as it is. */
function encodeMode(encoder: ValueEncoder, mode: number | undefined): void {
  if (mode === undefined) return;
  encoder.name("mode");
  encoder.string(String(mode));
}

/** Seconds that fit into 32.32 fixed point, with room for who reads them as signed. */
const MAX_MTIME_MS = 2 ** 31 * 1000;

/**
 * One extent a file, or one for each run between holes; none for an empty one. The time of its last change comes along where there is one: Python compares it
 * with what its compiled modules say, and compiles anew where it differs.
 */
function encodeFile(encoder: ValueEncoder, tree: Tree, node: NodeId, { withTimes, place }: FileOptions): void {
  const sizeBytes = tree.sizeOf(node);
  const mtimeMs = withTimes ? tree.mtimeMsOf(node) : 0;
  const mode = tree.modeOf(node);
  const hasTime = mtimeMs > 0 && mtimeMs < MAX_MTIME_MS;
  encoder.tuple(2 + (hasTime ? 1 : 0) + (mode === undefined ? 0 : 1));
  encodeMode(encoder, mode);
  if (hasTime) {
    encoder.name("mtime");
    encoder.integer((BigInt(Math.floor(mtimeMs * 1000)) << 32n) / 1_000_000n);
  }
  encoder.name("filelength");
  encoder.integer(sizeBytes);
  encoder.name("extents");
  if (sizeBytes === 0) {
    encoder.tuple(0);
    return;
  }
  const extents = place(node);
  encoder.tuple(extents.length);
  for (const { fileSector, sector, count } of extents) {
    encoder.name(String(fileSector));
    encoder.tuple(3);
    encoder.name("offset");
    encoder.integer(sector);
    encoder.name("length");
    encoder.integer(count);
    encoder.name("allocated");
    encoder.integer(count);
  }
}

/** Writes values one by one, and gives tuples, vectors and names their numbers as a reader will. */
class ValueEncoder {
  readonly #writer = new ByteWriter(PIECE_BYTES + 1024);
  readonly #table: NameTable;
  /** Dictionary numbers of names, by their numbers in the table, 0 for none: each is written out once in the whole log. */
  readonly #numbers = new Numbers(Uint32Array);
  #lastNumber = 0;

  constructor(table: NameTable) {
    this.#table = table;
  }

  /** Bytes that have not been taken. */
  get length(): number {
    return this.#writer.length;
  }

  /** Their room is written to again. */
  take(): Buffer {
    const bytes = this.#writer.bytes();
    this.#writer.reset();
    return bytes;
  }

  /** Begins a tuple; its attributes follow, each a name and a value. */
  tuple(count: number): void {
    this.#lastNumber++;
    this.#writer.header(true, Type.tuple, count);
  }

  name(name: ByteString): void {
    this.nameById(this.#table.idOf(name));
  }

  nameById(id: number): void {
    const known = this.#numbers.at(id);
    if (known > 0) {
      this.#writer.header(false, Type.buffer, known);
      return;
    }
    this.#numbers.set(id, ++this.#lastNumber);
    this.#writer.header(true, Type.buffer, this.#table.lengthOf(id));
    this.#table.writeTo(this.#writer, id);
  }

  string(value: ByteString): void {
    this.#writer.header(true, Type.string, value.length);
    this.#writer.string(value);
  }

  integer(value: number | bigint): void {
    this.#writer.header(true, Type.integer, value < 0 ? 1 : 0);
    this.#writer.varint(value < 0 ? -value : value);
  }

  /** A whole value of a manifest. Tuples that hold themselves can't be written. */
  value(value: Value): void {
    const open: Named<Value>[] = [single(value)];
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const next = top.next();
      if (next.done) {
        open.pop();
        continue;
      }
      const [name, inner] = next.value;
      if (name !== undefined) this.name(name);
      if (inner instanceof Tuple) {
        this.tuple(inner.size);
        open.push(inner.entries()[Symbol.iterator]());
      } else if (Array.isArray(inner)) {
        this.#lastNumber++;
        this.#writer.header(true, Type.vector, inner.length);
        open.push(elements(inner));
      } else if (typeof inner === "string") this.string(inner);
      else if (inner === true) this.#flag();
      else this.integer(inner);
    }
  }

  #flag(): void {
    this.#writer.header(true, Type.buffer, 1);
    this.#writer.byte(0);
  }
}

function* single(value: Value): Named<Value> {
  yield [undefined, value];
}

function* elements(values: Value[]): Named<Value> {
  for (const value of values) yield [undefined, value];
}
