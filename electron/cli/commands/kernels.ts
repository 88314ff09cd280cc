/** `unideck kernels`. */

import { formatBytes, formatTable, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function kernels({ json }: { json: boolean }): Promise<void> {
  const releases = await withEngine((client) => client.kernels.list(), { isBrief: true });
  const rows = releases.map(({ id, kind, version, architecture, kernelBytes, path }) => [
    id,
    kind,
    version,
    architecture,
    formatBytes(kernelBytes),
    path,
  ]);
  print(releases, { json, text: () => formatTable(["KERNEL", "KIND", "VERSION", "FOR", "SIZE", "PATH"], rows) });
}
