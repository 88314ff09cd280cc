/** The commands that change what instances do, any number of them at once: `unideck stop`, `start`, `pause` … */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { StopStep } from "../../../shared/contract/instances.ts";
import { print, writeLine } from "../output.ts";
import { withEngine } from "../with-engine.ts";
import { summaryOf } from "./ps.ts";

export type Action = "start" | "stop" | "kill" | "restart" | "pause" | "resume";

interface ActOptions {
  json: boolean;
  /** Of a start: whether every system call is written down; as the instance has it where it is not said. */
  trace?: true;
}

export async function act(action: Action, names: string[], { json, trace }: ActOptions): Promise<void> {
  await withEngine(async (client: UnideckClient) => {
    const told = new AbortController();
    if (!json && (action === "stop" || action === "restart")) void tellSteps(client, names, told.signal);
    const act = (id: string) =>
      action === "start" && trace ? client.instances.start({ id, trace }) : client.instances[action]({ id });
    const changed = await Promise.all(names.map(act)).finally(() => told.abort());
    print(changed.map(summaryOf), { json, text: () => changed.map(({ name }) => name) });
  });
}

const steps: Record<StopStep, string> = {
  "power-button": "pressing the power button",
  quit: "did not power off, asking QEMU to quit",
  kill: "QEMU does not quit, killing it",
};

/** Says on standard error how the instances are being stopped, step by step. */
async function tellSteps(client: UnideckClient, names: readonly string[], signal: AbortSignal): Promise<void> {
  const said = new Map<string, StopStep>();
  try {
    for await (const event of await client.events.subscribe(undefined, { signal })) {
      const changed = event.type === "snapshot" ? event.instances : (event.instances?.upsert ?? []);
      for (const { id, name, stopStep } of changed) {
        if (!stopStep || said.get(id) === stopStep || !(names.includes(id) || names.includes(name))) continue;
        said.set(id, stopStep);
        writeLine(`${name}: ${steps[stopStep]}`);
      }
    }
  } catch {
    // The stop itself tells when the engine is gone.
  }
}
