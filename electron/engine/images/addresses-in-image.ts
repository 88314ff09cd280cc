/** Addresses that an image's manifest gives its interfaces. */

import { Problem } from "../../../shared/problem.ts";
import { partOf } from "../formats/byte-source.ts";
import { withDisk } from "../formats/disk/disk.ts";
import { Tuple, toText } from "../formats/tfs/value.ts";
import { readManifest } from "../formats/tfs/volume.ts";
import { type StaticAddress, staticAddress } from "../lib/static-address.ts";

/** As many as Pith knows. */
const MOST_INTERFACES = 7;

/**
 * Of `en1`, `en2` …, in their order; null for one that asks for its address. None where the root can't be read: the kernel that
 * boots it says what is wrong with it. Throws image.not-found.
 */
export async function readAddresses(path: string): Promise<(StaticAddress | null)[]> {
  try {
    const { manifest } = await withDisk(path, (disk) =>
      readManifest(partOf(disk.source, disk.root.offsetBytes, disk.root.sizeBytes)),
    );
    return addressesIn(manifest);
  } catch (error) {
    if (error instanceof Problem && error.code === "image.damaged") return [];
    throw error;
  }
}

/** What the root says is for the first interface, unless that has a tuple of its own. Pure. */
export function addressesIn(manifest: Tuple): (StaticAddress | null)[] {
  const found = Array.from({ length: MOST_INTERFACES }, (_, i) => {
    const own = manifest.get(`en${i + 1}`);
    const said = own instanceof Tuple ? own : i === 0 ? manifest : undefined;
    return (
      (said &&
        staticAddress({
          ipaddr: text(said, "ipaddr"),
          netmask: text(said, "netmask"),
          gateway: text(said, "gateway"),
        })) ??
      null
    );
  });
  const last = found.findLastIndex((address) => address !== null);
  return found.slice(0, last + 1);
}

function text(tuple: Tuple, name: string): string | undefined {
  const value = tuple.get(name);
  return typeof value === "string" ? toText(value) : undefined;
}
