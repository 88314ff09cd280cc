/**
 * The dictionary of a TFS log: its tuples, vectors and names, by number from 1 on. What belongs to a part of the tree that
 * nobody asked for is remembered by its kind alone, and its names as bytes: a log must be read to its end in any case.
 */

import { NameTable } from "./name-table.ts";
import { Numbers } from "./numbers.ts";
import type { ByteString, Tuple, Value } from "./value.ts";

/** A tuple or a vector of a part that is left out. */
export class LeftOut {
  readonly isTuple: boolean;

  constructor(isTuple: boolean) {
    this.isTuple = isTuple;
  }
}

export const leftOutTuple = new LeftOut(true);
export const leftOutVector = new LeftOut(false);

export type Entry = Tuple | Value[] | ByteString | LeftOut;

/** How an entry stands in the column: an index of `#kept` + 1, one of these, or a name of `#names` below them. */
const Mark = { tuple: -1, vector: -2, firstName: -3 } as const;

export class Dictionary {
  readonly #entries = new Numbers(Int32Array);
  readonly #kept: (Tuple | Value[] | ByteString)[] = [];
  readonly #names = new NameTable();
  #repeated: ByteString | undefined;

  /** A name that was written out twice, which a log must not do (docs/formats.md, "Values"). */
  get repeatedName(): ByteString | undefined {
    return this.#repeated;
  }

  get size(): number {
    return this.#entries.length;
  }

  add(entry: Entry): void {
    if (entry instanceof LeftOut) {
      this.#entries.push(entry.isTuple ? Mark.tuple : Mark.vector);
      return;
    }
    if (typeof entry === "string") this.#remember(entry);
    this.#entries.push(this.#kept.push(entry));
  }

  /** A name in a part that is left out. It may be used again outside of it. */
  addLeftOutName(name: ByteString): void {
    this.#entries.push(Mark.firstName - this.#remember(name));
  }

  /** Undefined where there is no such number. */
  get(number: number): Entry | undefined {
    const mark = this.#entries.at(number - 1);
    if (number < 1 || mark === 0) return undefined;
    if (mark > 0) return this.#kept[mark - 1];
    if (mark === Mark.tuple) return leftOutTuple;
    return mark === Mark.vector ? leftOutVector : this.#names.text(Mark.firstName - mark);
  }

  #remember(name: ByteString): number {
    const before = this.#names.size;
    const id = this.#names.idOf(name);
    if (this.#names.size === before) this.#repeated ??= name;
    return id;
  }
}
