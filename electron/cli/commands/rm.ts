/** `unideck rm` and `unideck restore`. */

import { UNDO_MS } from "../../../shared/contract/instances.ts";
import { print, writeLine } from "../output.ts";
import { withEngine } from "../with-engine.ts";
import { summaryOf } from "./ps.ts";

export async function rm(names: string[], { force, json }: { force: boolean; json: boolean }): Promise<void> {
  await withEngine(
    async (client) => {
      // All are found before one is deleted, so that a mistyped name deletes nothing.
      const found = await Promise.all(names.map((id) => client.instances.get({ id })));
      for (const { id } of found) await client.instances.remove({ id, force, undo: true });
      const removed = found.map(({ id, name }) => ({ id, name }));
      print(removed, { json, text: () => removed.map(({ name }) => name) });
      const ids = removed.map(({ id }) => id).join(" ");
      if (!json) writeLine(`To undo that, within ${UNDO_MS / 1000} s: unideck restore ${ids}`);
    },
    { isBrief: true },
  );
}

export async function restore(ids: string[], { json }: { json: boolean }): Promise<void> {
  await withEngine(
    async (client) => {
      const restored = await Promise.all(ids.map((id) => client.instances.restore({ id })));
      print(restored.map(summaryOf), { json, text: () => restored.map(({ name }) => name) });
    },
    { isBrief: true },
  );
}
