/** Small bodies of requests, read with a limit. */

import type { IncomingMessage } from "node:http";
import { Problem } from "../../../shared/problem.ts";

const MAX_BYTES = 4096;

/** The JSON in a request's body; undefined where it is none. Throws args.invalid for a body of another kind or too long. */
export async function readSmallJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json(;|$)/i.test(request.headers["content-type"] ?? ""))
    throw new Problem("args.invalid", "The body must be JSON", { hint: "Send “Content-Type: application/json”." });
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_BYTES) throw new Problem("args.invalid", `The body is longer than ${MAX_BYTES} bytes`);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    return undefined;
  }
}
