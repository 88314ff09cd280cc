/** `unideck build`. */

import { type BuildOptions, buildWishes } from "../build-options.ts";
import { followTask } from "../follow-task.ts";
import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function build(elf: string, options: BuildOptions): Promise<void> {
  const wishes = buildWishes(elf, options);
  await withEngine(async (client) => {
    const task = await client.images.build(wishes);
    const { image, path } = await followTask(client, task, { terminal: process.stderr, quiet: options.json });
    print({ name: image, path }, { json: options.json, text: () => `${wishes.out ? path : image}\n` });
  });
}
