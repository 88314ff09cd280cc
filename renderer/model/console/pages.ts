/** Pages of a console that are not in the terminal any more: read from the engine, cut at a line. */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import { type Piece, pieceOf } from "./feed.ts";

const NEWLINE = 0x0a;

/** The pieces from `from` to `to`, or to the present end; what is gone at the beginning is left out. */
export async function readPage(
  client: UnideckClient,
  id: string,
  { from, to, signal }: { from: number; to: number; signal: AbortSignal },
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const order = { id, from, maxBytes: Math.max(1, to - from), follow: false };
  for await (const chunk of await client.instances.console(order, { signal })) {
    if (chunk.offset >= to) break;
    const piece = pieceOf(chunk, from);
    if (piece) pieces.push({ ...piece, bytes: piece.bytes.subarray(0, to - piece.offset), lostBytes: 0 });
  }
  return pieces;
}

/** The offset of the line that begins `lines` lines before the end of the pieces; where there are fewer, of the first byte. */
export function lineBefore(pieces: readonly Piece[], lines: number): number {
  let left = lines;
  for (const { offset, bytes } of [...pieces].reverse())
    for (let at = bytes.lastIndexOf(NEWLINE); at >= 0; at = at > 0 ? bytes.lastIndexOf(NEWLINE, at - 1) : -1)
      if (left-- <= 0) return offset + at + 1;
  return pieces[0]?.offset ?? 0;
}

/** The pieces from the first line that begins in them on. */
export function fromFirstLine(pieces: readonly Piece[]): Piece[] {
  for (const [i, piece] of pieces.entries()) {
    const newline = piece.bytes.indexOf(NEWLINE);
    if (newline >= 0) return [cut(piece, piece.offset + newline + 1, "behind"), ...pieces.slice(i + 1)];
  }
  return [...pieces];
}

/** The pieces before `offset`, and those from there on. */
export function splitAt(pieces: readonly Piece[], offset: number): [before: Piece[], behind: Piece[]] {
  const before: Piece[] = [];
  const behind: Piece[] = [];
  for (const piece of pieces) {
    if (piece.offset + piece.bytes.length <= offset) before.push(piece);
    else if (piece.offset >= offset) behind.push(piece);
    else {
      before.push(cut(piece, offset, "before"));
      behind.push(cut(piece, offset, "behind"));
    }
  }
  return [before, behind];
}

function cut(piece: Piece, offset: number, side: "before" | "behind"): Piece {
  const at = offset - piece.offset;
  if (side === "before") return { ...piece, bytes: piece.bytes.subarray(0, at) };
  return { ...piece, offset, bytes: piece.bytes.subarray(at), run: undefined };
}
