/** A short text from a web address, such as the name of the newest version. */

import { Problem } from "../../../shared/problem.ts";
import { Interrupted, openTransfer } from "./transfer.ts";

const ANSWER_MS = 10_000;

/** At most about `maxBytes` of it, each byte a character. Throws download.*, and what aborted the signal. */
export async function fetchText(
  url: string,
  maxBytes: number,
  signal: AbortSignal = AbortSignal.timeout(ANSWER_MS),
): Promise<string> {
  try {
    const transfer = await openTransfer({ url, haveBytes: 0, validator: undefined, signal, stallMs: ANSWER_MS });
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of transfer.pieces) {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes > maxBytes) break;
    }
    return Buffer.concat(pieces).toString("utf8");
  } catch (error) {
    if (error instanceof Interrupted) throw error.problem;
    if (!signal.aborted) throw error;
    throw new Problem("download.unreachable", `${new URL(url).host} does not answer`, {
      hint: "Try again later, or check the address in the settings.",
      cause: error,
    });
  }
}
