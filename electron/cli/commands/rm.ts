/** `unideck rm`. */

import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function rm(names: string[], { force, json }: { force: boolean; json: boolean }): Promise<void> {
  await withEngine(
    async (client) => {
      // All are found before one is deleted, so that a mistyped name deletes nothing.
      const found = await Promise.all(names.map((id) => client.instances.get({ id })));
      for (const { id } of found) await client.instances.remove({ id, force });
      const removed = found.map(({ id, name }) => ({ id, name }));
      print(removed, { json, text: () => removed.map(({ name }) => `${name}\n`).join("") });
    },
    { isBrief: true },
  );
}
