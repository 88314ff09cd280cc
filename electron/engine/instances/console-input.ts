/**
 * What people type, on its way to the guest.
 *
 * The connection is made when the first byte is typed and kept for the run: QEMU hands bytes on only as the guest takes
 * them, and drops what it had not read when a client leaves. What QEMU sends us is thrown away (the logs have it), but
 * must be read: a connected client that does not read stops the guest.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Problem } from "../../../shared/problem.ts";

/** Not taken within this time: the guest does not read its console. */
const TAKEN_WITHIN_MS = 10_000;
/** Bytes that wait in our own memory; beyond it the caller waits too. */
const HIGH_WATER_BYTES = 64 << 10;

export class ConsoleInput {
  readonly #path: string;
  #socket: Promise<Socket> | undefined;

  constructor(socketPath: string) {
    this.#path = socketPath;
  }

  /** Sends bytes to the guest; waits while earlier ones have not been taken. Throws instance.not-running. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#socket ??= this.#connect();
    const socket = await this.#socket;
    if (socket.writableLength > HIGH_WATER_BYTES) {
      await once(socket, "drain", { signal: AbortSignal.timeout(TAKEN_WITHIN_MS) }).catch((error: unknown) => {
        throw notTaken(error);
      });
    }
    socket.write(bytes);
  }

  close(): void {
    void this.#socket?.then((socket) => socket.destroy()).catch(() => {});
    this.#socket = undefined;
  }

  async #connect(): Promise<Socket> {
    const socket = connect(this.#path);
    socket.resume();
    socket.once("close", () => {
      this.#socket = undefined;
    });
    try {
      await once(socket, "connect");
    } catch (error) {
      this.#socket = undefined;
      throw new Problem("instance.not-running", "The instance's console accepts no input", {
        hint: "It may have just exited.",
        cause: error,
      });
    }
    socket.on("error", () => socket.destroy());
    return socket;
  }
}

function notTaken(cause: unknown): Problem {
  return new Problem("instance.not-running", "The program does not read its console", {
    hint: "Earlier input is still waiting. Try again when the program reads its input.",
    cause,
  });
}
