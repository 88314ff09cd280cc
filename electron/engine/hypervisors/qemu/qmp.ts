/** A client of QEMU's machine protocol: one JSON object a line over a Unix socket, commands answered by id. */

import { connect, type Socket } from "node:net";
import { z } from "zod";
import { parseJson } from "../../lib/parse-json.ts";

/** Longer than anything that QEMU answers to what we ask; a peer that sends more is cut off. */
const MAX_LINE_BYTES = 1 << 20;
const COMMAND_TIMEOUT_MS = 5000;

const Message = z.union([
  z.object({ QMP: z.object({}) }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).default({}) }),
  z.object({ id: z.number().optional(), error: z.object({ class: z.string(), desc: z.string() }) }),
  z.object({ id: z.number(), return: z.unknown() }),
]);

export interface QmpEvent {
  name: string;
  data: Record<string, unknown>;
}

/** QEMU's refusal of a command, or the end of the connection before the answer. */
export class QmpError extends Error {
  override readonly name = "QmpError";
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: QmpError): void;
  timer: NodeJS.Timeout;
}

export class QmpClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #onEvent: (event: QmpEvent) => void;
  #lastId = 0;
  #unread = Buffer.alloc(0);
  #greeted: (() => void) | undefined;
  /** Settles when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, onEvent: (event: QmpEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(new QmpError("QEMU has exited"));
        resolve();
      });
    });
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
  }

  /**
   * Connects to a monitor and leaves its negotiation mode. A monitor serves one client at a time: another one's
   * connection is accepted by the system, but not greeted until the first is gone. Throws QmpError, and what connecting throws.
   */
  static async connect(
    path: string,
    { onEvent = (_event: QmpEvent) => {}, timeoutMs = COMMAND_TIMEOUT_MS } = {},
  ): Promise<QmpClient> {
    const socket = connect(path);
    const client = new QmpClient(socket, onEvent);
    const { promise: greeting, resolve, reject } = Promise.withResolvers<void>();
    client.#greeted = resolve;
    socket.once("error", reject);
    void client.closed.then(() => reject(new QmpError("QEMU has closed the connection")));
    // A monitor that is not there yet is tried often: none of these may stay behind.
    const timer = setTimeout(() => reject(new QmpError("QEMU does not answer")), timeoutMs).unref();
    try {
      await greeting.finally(() => clearTimeout(timer));
      await client.execute("qmp_capabilities", undefined, timeoutMs);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Runs a command and gives what it returns. Throws QmpError where it is refused or not answered in time. */
  execute(command: string, parameters?: Record<string, unknown>, timeoutMs = COMMAND_TIMEOUT_MS): Promise<unknown> {
    if (this.#socket.destroyed) return Promise.reject(new QmpError("QEMU has exited"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new QmpError(`QEMU did not answer ${command} within ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#pending.set(id, { resolve, reject, timer });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }

  #take(bytes: Buffer): void {
    let unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = unread.indexOf(0x0a);
      if (end < 0) break;
      this.#takeLine(unread.toString("utf8", 0, end));
      unread = unread.subarray(end + 1);
    }
    this.#unread = Buffer.from(unread);
    if (this.#unread.length > MAX_LINE_BYTES) this.#socket.destroy();
  }

  #takeLine(line: string): void {
    const message = parseMessage(line);
    if (message === undefined) return;
    if ("QMP" in message) this.#greeted?.();
    else if ("event" in message) this.#onEvent({ name: message.event, data: message.data });
    else if ("error" in message) {
      if (message.id !== undefined) this.#settle(message.id)?.reject(new QmpError(message.error.desc.slice(0, 1000)));
    } else this.#settle(message.id)?.resolve(message.return);
  }
}

/** Undefined for anything that is not a message of the protocol. */
function parseMessage(line: string): z.infer<typeof Message> | undefined {
  return Message.safeParse(parseJson(line)).data;
}
