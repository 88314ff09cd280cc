/** The commands that change what instances do, any number of them at once: `unideck stop`, `start`, `pause` … */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";
import { summaryOf } from "./ps.ts";

export type Action = "start" | "stop" | "kill" | "restart" | "pause" | "resume";

export async function act(action: Action, names: string[], { json }: { json: boolean }): Promise<void> {
  await withEngine(async (client: UnideckClient) => {
    const changed = await Promise.all(names.map((id) => client.instances[action]({ id })));
    print(changed.map(summaryOf), { json, text: () => changed.map(({ name }) => `${name}\n`).join("") });
  });
}
