/**
 * Connections that nobody has shown a key on yet. All peers of a loopback server have one address, so a limit by
 * address would shut the owner out; instead the oldest newcomer goes when there are too many.
 */

import type { Socket } from "node:net";

export class Newcomers {
  readonly #sockets = new Set<Socket>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#sockets.size;
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const [oldest] = this.#sockets;
    if (this.#sockets.size <= this.#limit || !oldest) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  /** A key was shown on this connection: from now on it does not count. */
  admit(socket: Socket): void {
    this.#sockets.delete(socket);
  }
}
