/** `unideck rename` and `unideck duplicate`. */

import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";
import { summaryOf } from "./ps.ts";

export async function rename(id: string, name: string, { json }: { json: boolean }): Promise<void> {
  await withEngine(async (client) => {
    const renamed = await client.instances.rename({ id, name });
    print(summaryOf(renamed), { json, text: () => [renamed.name] });
  });
}

export async function duplicate(id: string, { name, json }: { name?: string; json: boolean }): Promise<void> {
  await withEngine(async (client) => {
    const copy = await client.instances.duplicate({ id, name });
    print(summaryOf(copy), { json, text: () => [copy.name] });
  });
}
