/** The kernel that a disk carries, as a file in its boot file system. */

import type { ByteSource } from "../formats/byte-source.ts";
import { type Disk, openPartition } from "../formats/disk/disk.ts";
import { TfsDamage } from "../formats/tfs/codec.ts";
import { contentsOf, findNode, typeOf } from "../formats/tfs/volume.ts";

/** A boot file system is 12 MiB; images of others may have larger ones, but no kernel that is. */
export const MAX_KERNEL_BYTES = 64 << 20;

/** The contents of `kernel`. Throws TfsDamage where there is none. */
export async function kernelOf(disk: Disk): Promise<ByteSource> {
  const boot = await openPartition(disk, disk.boot);
  const node = findNode(boot, "kernel");
  if (!node || typeOf(node) !== "file") throw new TfsDamage("there is no kernel in its boot file system");
  const kernel = contentsOf(boot, node);
  if (kernel.sizeBytes === 0 || kernel.sizeBytes > MAX_KERNEL_BYTES)
    throw new TfsDamage(`its kernel has the impossible size of ${kernel.sizeBytes} bytes`);
  return kernel;
}
