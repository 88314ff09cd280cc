/**
 * A column of numbers that grows by chunks: a tree of a million files takes tens of megabytes in these, and half a gigabyte
 * as objects.
 */

const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;

type NumberArray = Uint8Array | Int32Array | Uint32Array | Float64Array;

export class Numbers<A extends NumberArray> {
  readonly #make: new (
    length: number,
  ) => A;
  readonly #chunks: A[] = [];
  #length = 0;

  constructor(make: new (length: number) => A) {
    this.#make = make;
  }

  get length(): number {
    return this.#length;
  }

  /** The number at `index`; 0 where none has been set. */
  at(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS]?.[index % CHUNK] ?? 0;
  }

  set(index: number, value: number): void {
    const chunkIndex = index >>> CHUNK_BITS;
    while (this.#chunks.length <= chunkIndex) this.#chunks.push(new this.#make(CHUNK));
    const chunk = this.#chunks[chunkIndex];
    if (chunk) chunk[index % CHUNK] = value;
    if (index >= this.#length) this.#length = index + 1;
  }

  push(value: number): void {
    this.set(this.#length, value);
  }
}
