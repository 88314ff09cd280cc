/** A stream of frames over a Unix socket: one port of the switch. A peer that does not keep up loses frames, as on a wire. */

import { connect, type Socket } from "node:net";
import { FrameReader, lengthPrefix } from "./frame-stream.ts";
import type { Switching } from "./switching.ts";

/** What may wait for a peer. */
const MAX_WAITING_BYTES = 4 << 20;
const RETRY_MS = { least: 50, most: 1000 } as const;

/** Plugs a connected socket in; settles when it is gone. */
export function plugIn(switching: Switching, id: string, socket: Socket): Promise<void> {
  const reader = new FrameReader();
  switching.plug(id, (frame) => {
    if (socket.writableLength > MAX_WAITING_BYTES) return false;
    socket.cork();
    socket.write(lengthPrefix(frame));
    socket.write(frame);
    process.nextTick(() => socket.uncork());
    return true;
  });
  socket.on("data", (bytes: Buffer) => {
    try {
      for (const frame of reader.take(bytes)) switching.take(id, frame, performance.now());
    } catch {
      // What has no length that a frame has is no stream of frames: it is begun anew.
      socket.destroy();
    }
  });
  return new Promise((resolve) => {
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      switching.unplug(id);
      resolve();
    });
  });
}

/** Connects to where a machine waits, again and again: it may not run yet, or run again later. */
export class Link {
  readonly #id: string;
  readonly #path: string;
  readonly #switching: Switching;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #pauseMs: number = RETRY_MS.least;

  constructor(id: string, path: string, switching: Switching) {
    this.#id = id;
    this.#path = path;
    this.#switching = switching;
    this.#connect();
  }

  get path(): string {
    return this.#path;
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    if (this.#isOver) return;
    const socket = connect(this.#path);
    this.#socket = socket;
    socket.once("connect", () => {
      this.#pauseMs = RETRY_MS.least;
      void plugIn(this.#switching, this.#id, socket).then(() => this.#retry());
    });
    socket.on("error", () => {
      socket.destroy();
      if (!this.#switching.isPlugged(this.#id)) this.#retry();
    });
  }

  #retry(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, RETRY_MS.most);
  }
}
