/** Watches one instance: its console as it grows, and its end. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import type { ConsoleChunk, Instance } from "../../shared/contract/instances.ts";
import { Problem } from "../../shared/problem.ts";

interface Watched {
  client: UnideckClient;
  id: string;
  write: (chunk: ConsoleChunk) => Promise<void>;
  /** How far the console has been written. */
  offset: () => number;
}

/** Writes the console of a started instance until it has ended, all of it; gives the instance as it ended. */
export async function watchToEnd({ client, id, write, offset }: Watched): Promise<Instance> {
  const ended = new AbortController();
  const showing = (async () => {
    for await (const chunk of await client.instances.console({ id, from: 0 }, { signal: ended.signal }))
      await write(chunk);
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  // A console that can't be read must not wait for an end that may never come.
  const last = await Promise.race([endOf(client, id), showing.then(() => client.instances.get({ id }))]);
  ended.abort();
  await showing;
  for await (const chunk of await client.instances.console({ id, from: offset(), follow: false })) await write(chunk);
  return last;
}

/** The instance once it has ended. Throws instance.not-found when it is deleted meanwhile. */
async function endOf(client: UnideckClient, id: string): Promise<Instance> {
  const done = new AbortController();
  try {
    for await (const event of await client.events.subscribe(undefined, { signal: done.signal })) {
      const all = event.type === "snapshot" ? event.instances : event.instances?.upsert;
      const instance = all?.find((each) => each.id === id);
      if (instance && (instance.state === "exited" || instance.state === "failed")) return instance;
      const isGone = event.type === "snapshot" ? !instance : event.instances?.remove.includes(id);
      if (isGone) throw new Problem("instance.not-found", "The instance was deleted while its console was open");
    }
  } finally {
    done.abort();
  }
  throw new Problem("engine.gone", "The engine exited, and no other process took over");
}
