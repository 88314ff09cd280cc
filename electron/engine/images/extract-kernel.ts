/**
 * Takes the kernel out of an image, for a direct boot: the one in the image, never a newer one that happens to be installed.
 *
 * The cache is a folder of kernels by digest. The digest is made anew each time, which takes a few milliseconds: so no
 * index can go stale, and images that share a kernel share the file.
 */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { memorySource } from "../formats/byte-source.ts";
import { withDisk } from "../formats/disk/disk.ts";
import { identifyKernel } from "../kernels/identify.ts";
import { writeFileAtomically } from "../lib/atomic-file.ts";
import { createHash } from "../lib/crypto.ts";
import { kernelOf } from "./kernel-in-image.ts";

export interface ExtractedKernel {
  path: string;
  sha256: string;
  kind: KernelRelease["kind"];
  /** Known for Pith alone. */
  version?: string;
}

/** Throws image.not-found, image.damaged, disk.*. */
export async function extractKernel(imagePath: string, cacheFolder: string): Promise<ExtractedKernel> {
  const kernel = await withDisk(imagePath, async (disk) => {
    const contents = await kernelOf(disk);
    return await contents.read(0, contents.sizeBytes);
  });
  const sha256 = createHash("sha256").update(kernel).digest("hex");
  const path = join(cacheFolder, `${sha256}.img`);
  const cached = await stat(path).catch(() => undefined);
  if (cached?.size !== kernel.length) await writeFileAtomically(path, kernel);
  const { kind, version } = await identifyKernel(memorySource(kernel));
  return { path, sha256, kind, ...(version !== undefined && { version }) };
}
