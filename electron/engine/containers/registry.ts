/** Container images in a registry. */

import {
  damaged,
  digestOf,
  forPlatform,
  type ImageDocument,
  MAX_DOCUMENT_BYTES,
  readDocument,
  readImageConfig,
} from "../formats/oci/documents.ts";
import { readRegularBytes } from "../lib/open-regular.ts";
import { findCredentials } from "./credentials.ts";
import type { Reference } from "./reference.ts";
import { fetchBlob } from "./registry-blobs.ts";
import { RegistryClient } from "./registry-client.ts";
import type { ContainerSource, Progress } from "./source.ts";

const ACCEPTED = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const FOREIGN = /foreign|nondistributable/;
const ENCRYPTED = /\+encrypted$/;

interface Wanted extends Progress {
  name: string;
  architecture: string;
  /** Folder of layers that are here already. */
  blobs: string;
}

/** The image of that name for `architecture`. Throws container.*, registry.*, download.*, disk.*. */
export async function openRegistry(
  { registry, repository, tag, digest }: Extract<Reference, { kind: "registry" }>,
  { name, architecture, blobs, ...progress }: Wanted,
): Promise<ContainerSource> {
  const client = new RegistryClient({
    ...{ registry, repository, signal: progress.signal, note: progress.note },
    findCredentials: () => findCredentials(registry, process.env, progress.note),
  });
  const read = async (reference: string): Promise<ImageDocument> => {
    const bytes = await client.manifest(reference, ACCEPTED, MAX_DOCUMENT_BYTES);
    if (reference.startsWith("sha256:") && digestOf(bytes) !== reference)
      throw damaged(name, `the registry sent another document than ${reference}`);
    return readDocument(bytes, name);
  };
  let document = await read(digest ?? tag ?? "latest");
  for (let depth = 0; document.kind === "index"; depth++) {
    const [first] = forPlatform(document.manifests, architecture, name);
    if (!first || depth > 3) throw damaged(name, "its index names no image");
    document = await read(first.digest);
  }
  const { config: described, layers } = document.manifest;
  for (const { mediaType } of layers) {
    if (ENCRYPTED.test(mediaType)) throw damaged(name, "its layers are encrypted");
    if (FOREIGN.test(mediaType)) throw damaged(name, "it has layers that registries do not keep (foreign layers)");
  }
  if (described.size > MAX_DOCUMENT_BYTES) throw damaged(name, `its configuration has ${described.size} bytes`);
  const silent = { ...progress, onProgress: () => {} };
  const path = await fetchBlob(blobs, described, name, () => client.blob(described.digest), silent);
  const config = readImageConfig(await readRegularBytes(path, MAX_DOCUMENT_BYTES), name);
  if (config.architecture !== architecture) forPlatform([{ ...described, platform: config }], architecture, name);
  return {
    id: described.digest,
    config,
    layers: layers.map((layer) => ({
      descriptor: layer,
      sizeBytes: layer.size,
      fetch: (fetching) => fetchBlob(blobs, layer, name, () => client.blob(layer.digest), fetching),
    })),
  };
}
