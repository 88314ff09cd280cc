/** A machine's side of a private network, for tests: it waits at its socket as QEMU does, and speaks frames. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { FrameReader, lengthPrefix } from "./switch/frame-stream.ts";

export class Peer {
  readonly #server: Server;
  readonly #frames: Buffer[] = [];
  #socket: Socket | undefined;
  #changed: () => void = () => {};

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(path: string): Promise<Peer> {
    const server = createServer();
    const peer = new Peer(server);
    server.on("connection", (socket) => {
      const reader = new FrameReader();
      peer.#socket = socket;
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        if (peer.#socket === socket) peer.#socket = undefined;
      });
      socket.on("data", (bytes: Buffer) => {
        peer.#frames.push(...reader.take(bytes));
        peer.#changed();
      });
      peer.#changed();
    });
    server.listen(path);
    await once(server, "listening");
    return peer;
  }

  /** Settles when the switch has connected. */
  async connected(): Promise<void> {
    while (!this.#socket) await this.#change();
  }

  async send(frame: Buffer): Promise<void> {
    await this.connected();
    this.#socket?.write(Buffer.concat([lengthPrefix(frame), frame]));
  }

  /** The next frame that is wanted; others are passed over. */
  async next(isWanted: (frame: Buffer) => boolean): Promise<Buffer> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame && isWanted(frame)) return frame;
      if (!frame) await this.#change();
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}
