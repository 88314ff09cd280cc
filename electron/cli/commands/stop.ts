/** `unideck stop`. */

import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";
import { summaryOf } from "./ps.ts";

export async function stop(names: string[], { json }: { json: boolean }): Promise<void> {
  await withEngine(async (client) => {
    const stopped = await Promise.all(names.map((id) => client.instances.stop({ id })));
    print(stopped.map(summaryOf), { json, text: () => stopped.map(({ name }) => `${name}\n`).join("") });
  });
}
