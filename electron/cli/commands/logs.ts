/** `unideck logs`: the console of an instance, up to now or as it grows. */

import { ConsoleOutput } from "../console-output.ts";
import { withEngine } from "../with-engine.ts";

export async function logs(name: string, { follow, json }: { follow: boolean; json: boolean }): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on("SIGINT", interrupt);
  process.stdout.on("error", interrupt);
  await withEngine(
    async (client) => {
      const output = new ConsoleOutput({ program: process.stdout, kernel: process.stdout }, { json });
      const { id } = await client.instances.get({ id: name });
      try {
        const { signal } = interrupted;
        for await (const chunk of await client.instances.console({ id, from: 0, follow }, { signal }))
          await output.write(chunk);
      } catch (error) {
        if (!interrupted.signal.aborted) throw error;
      }
    },
    { isBrief: !follow },
  );
}
