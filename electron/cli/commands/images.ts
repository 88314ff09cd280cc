/** `unideck images ls`, `unideck images rm`. */

import type { Image } from "../../../shared/contract/images.ts";
import { formatAge, formatBytes, formatTable, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function listImages({ json }: { json: boolean }): Promise<void> {
  const images = await withEngine((client) => client.images.list(), { isBrief: true });
  print(images, { json, text: () => formatTable(["NAME", "KERNEL", "PROGRAM", "SIZE", "BUILT"], images.map(rowOf)) });
}

export async function removeImages(names: string[], { force, json }: { force: boolean; json: boolean }): Promise<void> {
  await withEngine(
    async (client) => {
      const found = await Promise.all(names.map((name) => client.images.get({ name })));
      for (const { name } of found) await client.images.remove({ name, force });
      const removed = found.map(({ name }) => ({ name }));
      print(removed, { json, text: () => removed.map(({ name }) => name) });
    },
    { isBrief: true },
  );
}

function rowOf({ name, kernel, program, damage, sizeBytes, createdAt }: Image): string[] {
  const kernelName = [kernel.kind, kernel.version].filter((part) => part !== undefined).join(" ");
  const what = damage === undefined ? (program ?? "") : `damaged: ${damage}`;
  return [name, kernelName, what, formatBytes(sizeBytes), formatAge(Date.parse(createdAt))];
}
