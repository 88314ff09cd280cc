/**
 * Standard input to the guest's console.
 *
 * At a terminal the guest is the one that echoes and edits lines, so the terminal is made raw; Ctrl-C then comes as a
 * byte and is taken for what it means. A file or pipe ends with ^D, which is how a console says that nothing follows.
 */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { problemOf } from "../hosts/problem-errors.ts";
import { writeLine } from "./output.ts";

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const NEWLINE = 0x0a;
/** A call takes a mebibyte in base64; a console wants far less at once. */
const MAX_PIECE_BYTES = 64 * 1024;

/** As much of standard input as is needed; only a terminal can be made raw. */
interface Input extends AsyncIterable<Uint8Array | string> {
  setRawMode?(isRaw: boolean): unknown;
  destroy(): unknown;
}

interface FeedOptions {
  client: { instances: Pick<UnideckClient["instances"], "input"> };
  id: string;
  input: Input;
  /** Whether the guest echoes what is typed, and so the terminal must not. */
  isInteractive: boolean;
  /** Otherwise: calls back whenever the guest's program asks for a raw terminal, or no longer does. */
  watchRaw?: (changed: (isRaw: boolean) => void) => void;
  onInterrupt: () => void;
}

/** Feeds the guest until standard input or the guest ends. The returned function lets go of the terminal. */
export function feedGuest({ client, id, input, isInteractive, onInterrupt, watchRaw }: FeedOptions): () => void {
  let isRaw = isInteractive;
  let isOver = false;
  if (isInteractive) input.setRawMode?.(true);
  else
    watchRaw?.((isWanted) => {
      if (isOver || isWanted === isRaw) return;
      isRaw = isWanted;
      input.setRawMode?.(isRaw);
    });
  void feed();
  return () => {
    isOver = true;
    if (isRaw) input.setRawMode?.(false);
    input.destroy();
  };

  async function feed(): Promise<void> {
    let lastByte = NEWLINE;
    try {
      for await (const piece of input) {
        const bytes = Buffer.from(piece);
        const typed = isRaw ? bytes.filter((byte) => byte !== CTRL_C) : bytes;
        if (typed.length < bytes.length) onInterrupt();
        for (let at = 0; at < typed.length; at += MAX_PIECE_BYTES) await send(typed.subarray(at, at + MAX_PIECE_BYTES));
        lastByte = typed.at(-1) ?? lastByte;
      }
      // The first ^D ends a line that has no end yet, the next one says that nothing follows.
      if (!isInteractive) await send(Buffer.from(lastByte === NEWLINE ? [CTRL_D] : [CTRL_D, CTRL_D]));
    } catch (error) {
      // A guest that has ended takes nothing more, and a stream that was let go of ends early: neither is anybody's fault.
      const code = problemOf(error)?.code;
      if (code && code !== "instance.not-running" && code !== "instance.not-found")
        writeLine(`unideck: the input did not reach the guest: ${String(error)}`);
    }
  }

  async function send(bytes: Uint8Array): Promise<void> {
    await client.instances.input({ id, bytes: Buffer.from(bytes).toString("base64") });
  }
}
