/** The system calls of a traced run, as they come. */

import type { Writable } from "node:stream";
import type { UnideckClient } from "../../shared/contract/index.ts";

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
  const read = async (follow: boolean, signal?: AbortSignal) => {
    for await (const chunk of await client.instances.trace({ id, from, follow }, { signal })) {
      output.write(chunk.text);
      from = chunk.end;
    }
  };
  await read(true, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  await isOver;
  await read(false);
}
