/** What tests look at in the image that a build left, and beside it. */

import { openPartition, withDisk } from "../formats/disk/disk.ts";
import { toPlain, toText } from "../formats/tfs/value.ts";
import { contentsOf, findNode, linkTarget, manifestOf, walkTree } from "../formats/tfs/volume.ts";
import { listAll, type TestWorld } from "./testing.ts";

export async function treeOf(path: string): Promise<string[]> {
  return await withDisk(path, async (disk) =>
    [...walkTree(await openPartition(disk, disk.root))]
      .map(({ path, type, node }) => (type === "link" ? `${toText(path)} -> ${linkTarget(node)}` : toText(path)))
      .sort(),
  );
}

export async function contentOf(path: string, guest: string): Promise<string | undefined> {
  return await withDisk(path, async (disk) => {
    const root = await openPartition(disk, disk.root);
    const node = findNode(root, guest);
    return node && (await contentsOf(root, node).read(0, 1 << 20)).toString();
  });
}

export async function uuidsOf(path: string) {
  return await withDisk(path, async (disk) => ({
    boot: (await openPartition(disk, disk.boot)).uuid,
    root: (await openPartition(disk, disk.root)).uuid,
  }));
}

export async function manifest(path: string) {
  return await withDisk(path, async (disk) => toPlain(manifestOf(await openPartition(disk, disk.root))));
}

/** Everything that a build may leave behind. */
export async function remains({ homes }: TestWorld): Promise<string[][]> {
  return await Promise.all([homes.images, homes.opsStaging, homes.imageRecords].map(listAll));
}
