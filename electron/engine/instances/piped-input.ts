/**
 * Standard input that is a pipe or a file, on its way to the guest's port `stdin` (docs/formats.md, "What Pith tells its
 * host"): pieces with their lengths, and one of length 0 for the end. The connection is made at the start and kept: the guest
 * takes one that ends before the last piece for what it is, a loss. So only the engine that started a run can feed it.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { InputHeld } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";

/** A caller waits this long for room, and then asks again: the program may read slowly, or not yet. */
const ROOM_WITHIN_MS = 5_000;
/** Bytes that wait in our own memory. */
const HIGH_WATER_BYTES = 256 << 10;
const CONNECT_EVERY_MS = 10;
const CONNECT_WITHIN_MS = 10_000;

export class PipedInput {
  readonly #socket: Promise<Socket | undefined>;
  readonly #closed = new AbortController();
  readonly #ended = new AbortController();

  constructor(socketPath: string) {
    this.#socket = this.#connect(socketPath);
  }

  /**
   * Whether the bytes were taken: all of them, or none where there is no room for them within some seconds. Throws
   * instance.input-lost, also after the end.
   */
  async write(bytes: Uint8Array, isEnd: boolean): Promise<boolean> {
    const socket = await this.#socket;
    if (!socket || socket.destroyed || this.#ended.signal.aborted) throw inputLost();
    if (socket.writableLength > HIGH_WATER_BYTES && !(await this.#hasRoom(socket))) return false;
    if (socket.destroyed) throw inputLost();
    if (bytes.length > 0) socket.write(Buffer.concat([lengthOf(bytes.length), bytes]));
    if (isEnd) {
      socket.write(lengthOf(0));
      this.#ended.abort();
    }
    return true;
  }

  /**
   * A stream that the caller who feeds keeps open, up to the end of the input. Where that caller goes before (it was killed),
   * nothing more will come: the program's reads fail then, instead of waiting for ever.
   */
  async *hold(signal: AbortSignal | undefined): AsyncGenerator<InputHeld, void> {
    const over = AbortSignal.any([this.#ended.signal, this.#closed.signal, ...(signal ? [signal] : [])]);
    try {
      yield { held: true };
      if (!over.aborted) await once(over, "abort");
    } finally {
      if (!this.#ended.signal.aborted) this.close();
    }
  }

  /** Only when the machine has ended, or is let go of, or nobody feeds it any more. */
  close(): void {
    this.#closed.abort();
    void this.#socket.then((socket) => socket?.destroy());
  }

  async #hasRoom(socket: Socket): Promise<boolean> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(ROOM_WITHIN_MS)]);
    return once(socket, "drain", { signal }).then(
      () => true,
      () => false,
    );
  }

  /** QEMU makes the socket while it starts. */
  async #connect(path: string): Promise<Socket | undefined> {
    const limit = performance.now() + CONNECT_WITHIN_MS;
    while (!this.#closed.signal.aborted && performance.now() < limit) {
      const socket = connect(path);
      socket.resume();
      try {
        await once(socket, "connect");
        socket.on("error", () => socket.destroy());
        return socket;
      } catch {
        socket.destroy();
        await new Promise((resolve) => setTimeout(resolve, CONNECT_EVERY_MS));
      }
    }
    return undefined;
  }
}

function lengthOf(bytes: number): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(bytes);
  return header;
}

export function inputLost(): Problem {
  return new Problem("instance.input-lost", "Standard input can no longer be sent to the program", {
    hint: "Run it again: what was sent before cannot be continued.",
  });
}
