/** `unideck build`. */

import type { BuildOptions } from "../build-options.ts";
import { configuredBuild } from "../configuration.ts";
import { followTask } from "../follow-task.ts";
import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function build(elf: string | undefined, options: BuildOptions): Promise<void> {
  await withEngine(async (client) => {
    const { spec } = await configuredBuild(client, elf, options);
    const task = await client.images.build(spec);
    const { image, path } = await followTask(client, task, { terminal: process.stderr, quiet: options.json });
    print({ name: image, path }, { json: options.json, text: () => [String(spec.out ? path : image)] });
  });
}
