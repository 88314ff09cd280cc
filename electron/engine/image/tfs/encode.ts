/** Encodes a tree and its manifest as the one record of a new log. Nothing recurses: a tree may be as deep as it likes. */

import { ByteWriter, Type } from "./codec.ts";
import { SECTOR_BYTES } from "./log.ts";
import type { DirectoryNode, FileNode, TreeNode } from "./tree.ts";
import { type ByteString, Tuple, type Value } from "./value.ts";

/** What is still to be written: a named value of the tuple or vector at hand, or the end of it. */
type Named<T> = Iterator<readonly [ByteString | undefined, T]>;

/** The root tuple: `manifest`'s attributes and `children`. `sectors` says where the contents of each file are. */
export function encodeTree(root: DirectoryNode, manifest: Tuple, sectors: ReadonlyMap<FileNode, number>): Buffer {
  const encoder = new ValueEncoder();
  encoder.tuple(manifest.size + 1);
  for (const [name, value] of manifest.entries()) {
    if (name === "children") throw new RangeError("the tree does not belong into the manifest");
    encoder.name(name);
    encoder.value(value);
  }
  encoder.name("children");
  encodeDirectory(encoder, root, sectors);
  return encoder.bytes();
}

function encodeDirectory(encoder: ValueEncoder, root: DirectoryNode, sectors: ReadonlyMap<FileNode, number>): void {
  encoder.tuple(root.children.size);
  const open: Named<TreeNode>[] = [root.children.entries()];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const next = top.next();
    if (next.done) {
      open.pop();
      continue;
    }
    const [name, node] = next.value;
    encoder.name(name ?? "");
    if (node.type === "directory") {
      encoder.tuple(1);
      encoder.name("children");
      encoder.tuple(node.children.size);
      open.push(node.children.entries());
    } else if (node.type === "link") {
      encoder.tuple(1);
      encoder.name("linktarget");
      encoder.string(node.target);
    } else encodeFile(encoder, node, sectors.get(node));
  }
}

/** One extent a file; none for an empty one. */
function encodeFile(encoder: ValueEncoder, file: FileNode, sector: number | undefined): void {
  encoder.tuple(2);
  encoder.name("filelength");
  encoder.integer(file.sizeBytes);
  encoder.name("extents");
  if (file.sizeBytes === 0) {
    encoder.tuple(0);
    return;
  }
  if (sector === undefined) throw new RangeError("a file has no place");
  const count = Math.ceil(file.sizeBytes / SECTOR_BYTES);
  encoder.tuple(1);
  encoder.name("0");
  encoder.tuple(3);
  encoder.name("offset");
  encoder.integer(sector);
  encoder.name("length");
  encoder.integer(count);
  encoder.name("allocated");
  encoder.integer(count);
}

/** Writes values one by one, and gives tuples, vectors and names their numbers as a reader will. */
class ValueEncoder {
  readonly #writer = new ByteWriter(64 * 1024);
  /** Dictionary numbers of names: each is written out once in the whole log. */
  readonly #names = new Map<ByteString, number>();
  #lastNumber = 0;

  bytes(): Buffer {
    return this.#writer.bytes();
  }

  /** Begins a tuple; its attributes follow, each a name and a value. */
  tuple(count: number): void {
    this.#lastNumber++;
    this.#writer.header(true, Type.tuple, count);
  }

  name(name: ByteString): void {
    const known = this.#names.get(name);
    if (known !== undefined) {
      this.#writer.header(false, Type.buffer, known);
      return;
    }
    this.#names.set(name, ++this.#lastNumber);
    this.#writer.header(true, Type.buffer, name.length);
    this.#writer.string(name);
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
