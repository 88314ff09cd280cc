/** `unideck logs`: the console of an instance, up to now, or until it ends; the kernel's part goes to standard error, as with `run`. */

import { once } from "node:events";
import { ConsoleOutput } from "../console-output.ts";
import { ExitCode, ExitWith } from "../failure.ts";
import { watchToEnd } from "../watch-instance.ts";
import { withEngine } from "../with-engine.ts";

interface LogsOptions {
  follow: boolean;
  timestamps: boolean;
  raw: boolean;
  json: boolean;
}

export async function logs(name: string, { follow, timestamps, raw, json }: LogsOptions): Promise<void> {
  await withEngine(
    async (client) => {
      const output = new ConsoleOutput({ program: process.stdout, kernel: process.stderr }, { json, timestamps, raw });
      const { id, state } = await client.instances.get({ id: name });
      try {
        if (follow && state !== "exited" && state !== "failed") {
          const watching = { client, id, write: output.write.bind(output), offset: () => output.offset };
          await Promise.race([watchToEnd(watching), interruption()]);
        } else {
          for await (const chunk of await client.instances.console({ id, from: 0, follow: false }))
            await output.write(chunk);
        }
      } finally {
        output.end();
      }
    },
    { isBrief: !follow },
  );
}

/** Ctrl-C, or a reader of the output who has gone. */
async function interruption(): Promise<never> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), once(process.stdout, "error")]);
  throw new ExitWith(ExitCode.interrupted);
}
