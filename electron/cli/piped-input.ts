/** Standard input that is a pipe or a file, to a guest that takes it as one: every byte of it, then its end. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { problemOf } from "../hosts/problem-errors.ts";
import { writeLine } from "./output.ts";

/** A call takes a mebibyte in base64. */
const MAX_PIECE_BYTES = 256 << 10;

interface PipeOptions {
  client: { instances: Pick<UnideckClient["instances"], "feed" | "holdInput"> };
  id: string;
  input: AsyncIterable<Uint8Array | string> & { destroy(): unknown };
}

/** Sends until standard input or the guest ends. The returned function lets go of standard input. */
export function pipeToGuest({ client, id, input }: PipeOptions): () => void {
  let isOver = false;
  const released = new AbortController();
  // If this process is killed, the engine sees the call end, and the program does not wait for the rest for ever.
  void hold().catch(() => undefined);
  void sendAll().catch((error: unknown) => {
    const code = problemOf(error)?.code;
    // A guest that has ended takes nothing more: nobody's fault.
    if (isOver || code === "instance.not-running" || code === "instance.not-found") return;
    writeLine(`unideck: the rest of standard input did not reach the guest: ${String(error)}`);
  });
  return () => {
    isOver = true;
    released.abort();
    input.destroy();
  };

  async function hold(): Promise<void> {
    for await (const _ of await client.instances.holdInput({ id }, { signal: released.signal }));
  }

  async function sendAll(): Promise<void> {
    for await (const piece of input) {
      const bytes = Buffer.from(piece);
      for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) await send(bytes.subarray(at, at + MAX_PIECE_BYTES));
    }
    await send(Buffer.alloc(0), true);
  }

  /** Again while there is no room: a program may read as slowly as it likes. */
  async function send(bytes: Buffer, isEnd = false): Promise<void> {
    const piece = { id, bytes: bytes.toString("base64"), isEnd };
    while (!isOver && !(await client.instances.feed(piece)).accepted);
  }
}
