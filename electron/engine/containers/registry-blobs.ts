/** Layers that registries sent, by digest: a file under its digest is whole and has been checked. */

import { readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { discardDownload, download } from "../downloads/download.ts";
import type { Descriptor } from "../formats/oci/documents.ts";
import { damaged } from "../formats/oci/documents.ts";
import type { Progress } from "./source.ts";

/** What is kept for the next image with the same layers; the layers used longest ago go first. */
const KEEP_BYTES = 8 * 2 ** 30;

/** The file with a layer, downloaded where it is not there. Throws download.*, disk.*, container.damaged. */
export async function fetchBlob(
  folder: string,
  { digest, size }: Descriptor,
  name: string,
  locate: () => Promise<{ url: string; headers: Record<string, string> }>,
  { signal, onProgress, note }: Progress,
): Promise<string> {
  const path = join(folder, digest.replace(":", "-"));
  if ((await stat(path).catch(() => undefined))?.size === size) {
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    onProgress(size);
    return path;
  }
  const partial = `${path}.part`;
  const { sha256, sizeBytes } = await download({
    ...(await locate()),
    ...{ path: partial, maxBytes: size, signal, onProgress, note },
    onStart: (haveBytes) => onProgress(haveBytes),
  });
  if (`sha256:${sha256}` !== digest || sizeBytes !== size) {
    await discardDownload(partial);
    throw damaged(name, `the layer ${digest} came with other contents`);
  }
  await rename(partial, path);
  await discardDownload(partial);
  return path;
}

/** Removes layers beyond the limit, and downloads that nobody has gone on with for a week. */
export async function trimBlobs(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => ({ name, facts: await stat(join(folder, name)).catch(() => undefined) })),
  );
  const weekAgo = Date.now() - 7 * 86_400_000;
  let keptBytes = 0;
  for (const { name, facts } of found.sort((a, b) => (b.facts?.mtimeMs ?? 0) - (a.facts?.mtimeMs ?? 0))) {
    if (!facts) continue;
    const isPartial = name.includes(".part");
    keptBytes += facts.size;
    if (keptBytes > KEEP_BYTES || (isPartial && facts.mtimeMs < weekAgo)) await rm(join(folder, name), { force: true });
  }
}
