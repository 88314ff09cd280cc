/** The system calls of a traced run, as they come. */

import type { Writable } from "node:stream";
import type { UnideckClient } from "../../shared/contract/index.ts";
import { writeText } from "./output.ts";

/** Writes them until `ended` settles, all of them. */
export async function watchTrace(
  client: UnideckClient,
  id: string,
  ended: Promise<unknown>,
  output: Writable,
): Promise<void> {
  const stop = new AbortController();
  const isOver = ended.then(
    () => stop.abort(),
    () => stop.abort(),
  );
  let from = 0;
  // The kernel quotes what a program passes to a call; a guest with another kernel may not.
  const read = async (follow: boolean, signal?: AbortSignal) => {
    for await (const chunk of await client.instances.trace({ id, from, follow }, { signal })) {
      writeText(output, chunk.text);
      from = chunk.end;
    }
  };
  await read(true, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  await isOver;
  await read(false);
}
