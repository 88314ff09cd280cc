/** The SHA-256 of a file's content. */

import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createHash } from "./crypto.ts";

export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, signal ? { signal } : {});
  return hash.digest("hex");
}
