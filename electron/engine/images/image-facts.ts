/** What can be read from an image itself: the kernel in it, and its manifest. */

import type { Image } from "../../../shared/contract/images.ts";
import { partOf } from "../formats/byte-source.ts";
import { withDisk } from "../formats/disk/disk.ts";
import { Tuple, toText, type Value } from "../formats/tfs/value.ts";
import { readManifest } from "../formats/tfs/volume.ts";
import { identifyKernel } from "../kernels/identify.ts";
import { kernelOf } from "./kernel-in-image.ts";

export type ImageFacts = Pick<Image, "architecture" | "kernel" | "program" | "arguments" | "environment"> & {
  /** Of the root file system. */
  uuid: string;
};

/** More than this is not shown; the image may hold it all the same. */
const MAX_ENTRIES = 10_000;

/** Throws image.not-found, image.damaged. */
export async function readImageFacts(path: string): Promise<ImageFacts> {
  return await withDisk(path, async (disk) => {
    const [identity, { uuid, manifest }] = await Promise.all([
      kernelOf(disk).then(identifyKernel),
      readManifest(partOf(disk.source, disk.root.offsetBytes, disk.root.sizeBytes)),
    ]);
    const environment = textsByName(manifest.get("environment"));
    // Nanos does not carry its version; the environment that it is started with does.
    const version = identity.version ?? (identity.kind === "nanos" ? environment.NANOS_VERSION : undefined);
    const program = manifest.get("program");
    return {
      uuid,
      architecture: identity.architecture ?? "unknown",
      kernel: { kind: identity.kind, ...(version !== undefined && { version }) },
      ...(typeof program === "string" && { program: toText(program) }),
      arguments: texts(manifest.get("arguments")),
      environment,
    };
  });
}

function texts(value: Value | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_ENTRIES)
    .filter((element) => typeof element === "string")
    .map(toText);
}

function textsByName(value: Value | undefined): Record<string, string> {
  const named: [string, string][] = [];
  if (value instanceof Tuple)
    for (const [name, text] of value.entries())
      if (typeof text === "string" && named.length < MAX_ENTRIES) named.push([toText(name), toText(text)]);
  return Object.fromEntries(named);
}
