/** What is below each directory of a file system: bytes and files. */

import { TfsDamage } from "../../formats/tfs/codec.ts";
import type { Tuple } from "../../formats/tfs/value.ts";
import { entriesOf, fileLength, typeOf } from "../../formats/tfs/volume.ts";

export interface Sum {
  /** The lengths of all files below. */
  sizeBytes: number;
  /** How many there are: all that is no directory. */
  files: number;
}

/** By directory. One that stands in two places is counted where it comes first. */
export type Sums = ReadonlyMap<Tuple, Readonly<Sum>>;

export function sumsBelow(root: Tuple): Sums {
  const sums = new Map<Tuple, Sum>([[root, { sizeBytes: 0, files: 0 }]]);
  const order: { sum: Sum; directory: Tuple; parent: Sum | undefined }[] = [];
  for (const sum of sums.values()) order.push({ sum, directory: root, parent: undefined });
  for (const { directory, sum } of order)
    for (const [, node] of entriesOf(directory)) {
      if (typeOf(node) !== "directory") {
        sum.sizeBytes += lengthOrNothing(node);
        sum.files++;
      } else if (!sums.has(node)) {
        const below = { sizeBytes: 0, files: 0 };
        sums.set(node, below);
        order.push({ sum: below, directory: node, parent: sum });
      }
    }
  // Children come behind their parents: backwards, each sum is complete when it is added to the one above.
  for (const { sum, parent } of order.reverse())
    if (parent) {
      parent.sizeBytes += sum.sizeBytes;
      parent.files += sum.files;
    }
  return sums;
}

/** A file's length, nothing where it has none that could be. */
export function lengthOrNothing(node: Tuple): number {
  try {
    return fileLength(node);
  } catch (error) {
    if (error instanceof TfsDamage) return 0;
    throw error;
  }
}
