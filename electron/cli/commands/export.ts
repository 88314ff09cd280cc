/** `unideck images export`. */

import { resolve } from "node:path";
import type { ExportFormat } from "../../../shared/contract/images.ts";
import { followTask } from "../follow-task.ts";
import { imageReference } from "../image-reference.ts";
import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface ExportOptions {
  out: string;
  format?: ExportFormat;
  force: boolean;
  json: boolean;
}

export async function exportImage(name: string, { out, format = formatOf(out), force, json }: ExportOptions) {
  await withEngine(async (client) => {
    const task = await client.images.export({ image: imageReference(name), format, out: resolve(out), force });
    const { path } = await followTask(client, task, { terminal: process.stderr, quiet: json });
    print({ path, format }, { json, text: () => path ?? "" });
  });
}

const endings: readonly [ending: string, format: ExportFormat][] = [
  [".qcow2", "qcow2"],
  [".vmdk", "vmdk"],
  [".vhdx", "vhdx"],
  [".vhd", "vhd"],
  [".tar.gz", "gce"],
];

const formatOf = (out: string): ExportFormat => endings.find(([ending]) => out.endsWith(ending))?.[1] ?? "raw";
