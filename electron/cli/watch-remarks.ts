/** What a guest's kernel remarks during a run (`run --verbose`): it is in the instance's log, not on its console. */

import type { Writable } from "node:stream";
import type { UnideckClient } from "../../shared/contract/index.ts";
import { writeLine } from "./output.ts";

interface Watched {
  client: UnideckClient;
  id: string;
  /** Settles when the instance has ended. */
  ended: Promise<unknown>;
  output: Writable;
}

/** Writes each remark once, as they come, until `ended` settles: then the rest. */
export async function watchRemarks({ client, id, ended, output }: Watched): Promise<void> {
  const stop = new AbortController();
  const isOver = ended.then(
    () => stop.abort(),
    () => stop.abort(),
  );
  const shown = new Set<string>();
  const show = async () => {
    for (const { source, text } of await client.instances.log({ id })) {
      if (source !== "kernel" || shown.has(text)) continue;
      shown.add(text);
      writeLine(`pith: ${text}`, output);
    }
  };
  const follow = async () => {
    for await (const event of await client.events.subscribe(undefined, { signal: stop.signal })) {
      const changed = event.type === "snapshot" ? event.instances : event.instances?.upsert;
      if (changed?.some((each) => each.id === id)) await show();
    }
  };
  await follow().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  await isOver;
  await show();
}
