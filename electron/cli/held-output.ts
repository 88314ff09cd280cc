/** Output that is shown only where it turns out to explain something: its end, up to a limit. */

import { Writable } from "node:stream";

const MAX_BYTES = 64 << 10;

export class HeldOutput extends Writable {
  #held = Buffer.alloc(0);

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#held = Buffer.concat([this.#held, bytes]).subarray(-MAX_BYTES);
    done();
  }

  /** Writes what was held to `output`. */
  release(output: Writable): void {
    if (this.#held.length > 0) output.write(this.#held);
    this.#held = Buffer.alloc(0);
  }
}
