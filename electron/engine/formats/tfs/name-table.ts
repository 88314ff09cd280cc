/** Names, each kept once, as bytes: files of a large tree are mostly names, and a log writes each of them out only once. */

import type { ByteWriter } from "./codec.ts";
import { Numbers } from "./numbers.ts";
import type { ByteString } from "./value.ts";

const FIRST_SLOTS = 1024;
const FIRST_BYTES = 16 * 1024;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class NameTable {
  /** All names, one behind the other. */
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  /** Where each name ends; it begins where the one before it ends. */
  readonly #ends = new Numbers(Uint32Array);
  /** A hash table with open addressing: the name's number + 1, or 0. */
  #slots = new Uint32Array(FIRST_SLOTS);

  /** Names have the numbers from 0 to below this. */
  get size(): number {
    return this.#ends.length;
  }

  /** The number of `name`, which is added where it is new. */
  idOf(name: ByteString): number {
    const slot = this.#slotOf(name);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const id = this.size;
    this.#append(name);
    this.#slots[slot] = id + 1;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  /** The number of `name`; undefined where there is no such name. */
  find(name: ByteString): number | undefined {
    const known = this.#slots[this.#slotOf(name)] ?? 0;
    return known > 0 ? known - 1 : undefined;
  }

  text(id: number): ByteString {
    return this.#bytes.toString("latin1", this.#start(id), this.#ends.at(id));
  }

  lengthOf(id: number): number {
    return this.#ends.at(id) - this.#start(id);
  }

  /** Orders names by their bytes. */
  compare(a: number, b: number): number {
    return this.#bytes.compare(this.#bytes, this.#start(b), this.#ends.at(b), this.#start(a), this.#ends.at(a));
  }

  writeTo(writer: ByteWriter, id: number): void {
    writer.raw(this.#bytes.subarray(this.#start(id), this.#ends.at(id)));
  }

  #start(id: number): number {
    return id === 0 ? 0 : this.#ends.at(id - 1);
  }

  /** The slot that holds `name`, or the empty one where it belongs. */
  #slotOf(name: ByteString): number {
    let hash = FNV_OFFSET;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0 || this.#isAt(known - 1, name)) return slot;
    }
  }

  #isAt(id: number, name: ByteString): boolean {
    if (this.lengthOf(id) !== name.length) return false;
    const start = this.#start(id);
    for (let i = 0; i < name.length; i++) if (this.#bytes[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #append(name: ByteString): void {
    const end = this.#ends.at(this.size - 1);
    if (end + name.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, end + name.length));
      this.#bytes.copy(larger, 0, 0, end);
      this.#bytes = larger;
    }
    this.#bytes.write(name, end, "latin1");
    this.#ends.push(end + name.length);
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let id = 0; id < this.size; id++) this.#slots[this.#slotOf(this.text(id))] = id + 1;
  }
}
