/** Container images in files: an OCI layout, and an archive made by `docker save` or with such a layout in it. */

import { constants } from "node:fs";
import { access, mkdir, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import {
  type Descriptor,
  damaged,
  digestOf,
  forPlatform,
  MAX_DOCUMENT_BYTES,
  readDocument,
  readImageConfig,
  readSaved,
} from "../formats/oci/documents.ts";
import { LayerFolder } from "../formats/oci/layer.ts";
import { resolveScoped } from "../formats/oci/scoped-path.ts";
import { openStored } from "../formats/oci/stored.ts";
import { readRegularBytes } from "../lib/open-regular.ts";
import { readProblem } from "../lib/read-problem.ts";
import type { ContainerSource, LayerSource, Progress } from "./source.ts";

const REFERENCE_NAME = "org.opencontainers.image.ref.name";
/** Indexes within indexes. */
const MAX_DEPTH = 4;

interface Wanted {
  /** For messages. */
  name: string;
  tag: string | undefined;
  architecture: string;
}

/** The image in an OCI layout. Throws file.*, container.*. */
export async function openLayout(folder: string, wanted: Wanted): Promise<ContainerSource> {
  const { name, tag } = wanted;
  const index = readDocument(await readIn(folder, "index.json", name), name);
  if (index.kind !== "index") throw damaged(name, "index.json is no index");
  const named = index.manifests.filter(({ annotations }) => {
    const given = annotations?.[REFERENCE_NAME];
    return tag === undefined || given === tag || given?.endsWith(`:${tag}`);
  });
  if (named.length === 0) throw notFound(name, tag, index.manifests.map(tagOf));
  return await openDescriptor(folder, one(forPlatform(named, wanted.architecture, name), wanted), wanted, 0);
}

const tagOf = ({ annotations }: Descriptor) => annotations?.[REFERENCE_NAME];

async function openDescriptor(
  folder: string,
  descriptor: Descriptor,
  wanted: Wanted,
  depth: number,
): Promise<ContainerSource> {
  const { name, architecture } = wanted;
  const document = readDocument(await readBlob(folder, descriptor, name), name);
  if (document.kind === "index") {
    if (depth >= MAX_DEPTH) throw damaged(name, "its indexes are nested too deeply");
    const [first] = forPlatform(document.manifests, architecture, name);
    if (!first) throw damaged(name, "its index is empty");
    return await openDescriptor(folder, first, wanted, depth + 1);
  }
  const { config: described, layers } = document.manifest;
  const config = readImageConfig(await readBlob(folder, described, name), name);
  return {
    id: described.digest,
    config,
    layers: layers.map((layer) => ({
      descriptor: layer,
      sizeBytes: layer.size,
      fetch: (progress) => fileOf(folder, blobPath(layer.digest), name, progress),
    })),
  };
}

/** Of several images without a platform, there is none to prefer. */
function one(found: readonly Descriptor[], { name, tag }: Wanted): Descriptor {
  const [first] = found;
  if (!first) throw damaged(name, "it has no image");
  if (found.some(({ digest }) => digest !== first.digest) && tag === undefined)
    throw new Problem("container.ambiguous", `${name} has ${found.length} images`, {
      hint: `Name one by its tag: ${found.map(tagOf).filter(Boolean).join(", ") || "they have none"}.`,
    });
  return first;
}

/**
 * The image in an archive, unpacked into `folder`, which is empty and lasts as long as the image is used. Throws file.*,
 * archive.*, container.*.
 */
export async function openArchive(
  archive: string,
  folder: string,
  wanted: Wanted,
  { signal, onProgress, limitBytes }: Progress & { limitBytes: number },
): Promise<ContainerSource> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unpacked = new LayerFolder(folder, wanted.name, { bytes: limitBytes, entries: 100_000 });
  await unpacked.apply(await openStored(archive, { name: wanted.name, onProgress }), signal);
  const names = await readdir(folder);
  // Docker since 25 writes both; the layout has the digests of what is stored.
  if (names.includes("index.json") && names.includes("oci-layout")) return await openLayout(folder, wanted);
  if (names.includes("manifest.json")) return await openSaved(folder, wanted);
  throw new Problem("file.unsupported", `${basename(archive)} has no container image in it`, {
    hint: "Save one with docker save, podman save, or skopeo copy … oci-archive:FILE.",
  });
}

async function openSaved(folder: string, { name, tag, architecture }: Wanted): Promise<ContainerSource> {
  const images = readSaved(await readIn(folder, "manifest.json", name), name);
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const fits = (given: string) => given === tag || given.endsWith(`:${tag}`) || given.endsWith(`/${tag}`);
  const found = tag === undefined ? images : images.filter(({ RepoTags }) => RepoTags?.some(fits));
  const [image] = found;
  if (!image) throw notFound(name, tag, tags);
  if (found.length > 1)
    throw new Problem("container.ambiguous", `${name} has ${found.length} images`, {
      hint: `Name one by its tag: ${tags.join(", ") || "they have none"}.`,
    });
  const bytes = await readIn(folder, image.Config, name);
  const config = readImageConfig(bytes, name);
  if (config.architecture !== architecture)
    throw new Problem("container.platform", `${name} has no image for linux/${architecture}`, {
      hint: `It has one for ${config.os}/${config.architecture}.`,
    });
  const layers = image.Layers.map(
    (path): LayerSource => ({
      descriptor: undefined,
      sizeBytes: 0,
      fetch: (progress) => fileOf(folder, path, name, progress),
    }),
  );
  return { id: digestOf(bytes), config, layers };
}

const blobPath = (digest: string) => `blobs/${digest.replace(":", "/")}`;

async function readBlob(folder: string, { digest, size }: Descriptor, name: string): Promise<Buffer> {
  if (size > MAX_DOCUMENT_BYTES) throw damaged(name, `a document in it has ${size} bytes`);
  const bytes = await readIn(folder, blobPath(digest), name);
  if (digestOf(bytes) !== digest) throw damaged(name, `${digest} is not what its name says`);
  return bytes;
}

async function readIn(folder: string, path: string, name: string): Promise<Buffer> {
  const file = await placeOf(folder, path, name);
  return await readRegularBytes(file, MAX_DOCUMENT_BYTES).catch((error: unknown) => {
    throw error instanceof Problem ? error : readProblem(error, file);
  });
}

/** A layer's file, which must be there. */
async function fileOf(folder: string, path: string, name: string, { onProgress }: Progress): Promise<string> {
  const file = await placeOf(folder, path, name);
  const facts = await stat(file).catch(() => undefined);
  if (!facts?.isFile()) throw damaged(name, `${path} is missing`);
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw readProblem(error, file);
  });
  onProgress(facts.size);
  return file;
}

/** Below the folder, whatever the document says. */
async function placeOf(folder: string, path: string, name: string): Promise<string> {
  if (path === "" || path.includes("\0")) throw damaged(name, "it names a part without a name");
  return join(folder, await resolveScoped(folder, path));
}

function notFound(name: string, tag: string | undefined, tags: readonly (string | undefined)[]): Problem {
  const known = tags.filter((given) => given !== undefined);
  return new Problem("container.not-found", `${name} has no image${tag === undefined ? "" : ` named ${tag}`}`, {
    hint:
      known.length > 0 ? `It has ${known.slice(0, 20).join(", ")}.` : "Its images have no names: leave the tag out.",
  });
}
