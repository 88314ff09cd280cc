/**
 * A console's bytes, from the engine into a sink, at the sink's pace and without a byte lost or doubled.
 *
 * The engine streams as fast as it can; the page draws as fast as it can. When more than HIGH_WATER bytes wait to be
 * drawn, the stream is let go and taken up again at the first byte that is missing: offsets are absolute, so nothing
 * else is needed, here and after a connection that broke.
 */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { ConsoleChunk } from "../../../shared/contract/instances.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { toBytes } from "../../platform/base64.ts";
import { problemOf } from "../../platform/problem-of.ts";

const HIGH_WATER = 4 << 20;
const RETRY_MS = [50, 200, 500, 1000];

export interface Piece extends Pick<ConsoleChunk, "offset" | "part" | "times" | "run"> {
  bytes: Uint8Array;
  /** Bytes that stood between the piece before and this one and can't be had any more. */
  lostBytes: number;
}

export interface Feed {
  /** The offset after the last piece that the sink has taken. */
  drawnTo(): number;
  stop(): void;
}

interface FeedOptions {
  client: UnideckClient;
  id: string;
  from: number;
  /** Resolves when the piece is drawn. */
  sink: (piece: Piece) => Promise<void>;
  onEnd: (problem: ProblemReport | undefined) => void;
}

export function startFeed({ client, id, from, sink, onEnd }: FeedOptions): Feed {
  const stopping = new AbortController();
  const waiting: Piece[] = [];
  let waitingBytes = 0;
  let received = from;
  let drawn = from;
  let drained = Promise.withResolvers<void>();
  let drawing = false;

  const draw = async () => {
    if (drawing) return;
    drawing = true;
    try {
      for (let piece = waiting.shift(); piece && !stopping.signal.aborted; piece = waiting.shift()) {
        await sink(piece);
        drawn = piece.offset + piece.bytes.length;
        waitingBytes -= piece.bytes.length;
      }
    } finally {
      drawing = false;
      drained.resolve();
      drained = Promise.withResolvers();
    }
  };

  /** Answers how it ended: the engine has no more, or the sink can't keep up. */
  const read = async (): Promise<"end" | "full"> => {
    for await (const chunk of await client.instances.console({ id, from: received }, { signal: stopping.signal })) {
      const piece = pieceOf(chunk, received);
      if (!piece) continue;
      received = piece.offset + piece.bytes.length;
      waiting.push(piece);
      waitingBytes += piece.bytes.length;
      void draw();
      if (waitingBytes > HIGH_WATER) return "full";
    }
    return "end";
  };

  const run = async () => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const before = received;
      try {
        if ((await read()) === "end") return onEnd(undefined);
        while (waitingBytes > HIGH_WATER / 4 && !stopping.signal.aborted) await drained.promise;
      } catch (error) {
        if (stopping.signal.aborted) return;
        const problem = problemOf(error);
        if (problem.code !== "engine.gone" && problem.code !== "engine.bug") return onEnd(problem);
        if (received > before) failures = 0;
        if (problem.code === "engine.bug" && failures >= RETRY_MS.length) return onEnd(problem);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]));
      }
    }
  };
  void run();
  return { drawnTo: () => drawn, stop: () => stopping.abort() };
}

/** The part of a chunk from `expected` on, or nothing where all of it is known. */
export function pieceOf(chunk: ConsoleChunk, expected: number): Piece | undefined {
  const bytes = toBytes(chunk.bytes);
  const known = Math.max(0, expected - chunk.offset);
  if (known >= bytes.length) return undefined;
  return {
    offset: chunk.offset + known,
    bytes: known > 0 ? bytes.subarray(known) : bytes,
    part: chunk.part,
    times: chunk.times,
    // A run begins with its first byte only.
    ...(known === 0 && chunk.run && { run: chunk.run }),
    lostBytes: Math.max(0, chunk.offset - expected),
  };
}
