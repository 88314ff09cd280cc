/** Finds the holes in the host's files of a tree, so that they stay holes in the image. */

import { SECTOR_BYTES } from "../formats/tfs/log.ts";
import type { Tree } from "../formats/tfs/tree.ts";
import { toText } from "../formats/tfs/value.ts";
import { dataRunsOf } from "../lib/data-runs.ts";
import { readProblem } from "../lib/read-problem.ts";

/**
 * Tells `tree` which sectors of its sparse files have data. The last one always counts: OPS's reader does not come to the end of
 * a file without any, and the copy then notices a file that has changed. Throws file.*, and the signal's reason.
 */
export async function findHoles(tree: Tree, signal: AbortSignal): Promise<void> {
  for (const node of tree.sparseFiles()) {
    const content = tree.contentOf(node);
    if (Buffer.isBuffer(content)) continue;
    const { path, sizeBytes } = content;
    const runs = await dataRunsOf(Buffer.from(path, "latin1"), sizeBytes, { signal }).catch((error: unknown) => {
      throw readProblem(error, toText(path));
    });
    tree.setRuns(node, inSectors(runs, sizeBytes));
  }
}

/** Runs of bytes as runs of sectors: [first, count, first, count …]. */
function inSectors(runs: Float64Array, sizeBytes: number): Float64Array {
  const sectors: number[] = [];
  const add = (first: number, end: number) => {
    const last = sectors.length - 2;
    const lastEnd = last < 0 ? -1 : (sectors[last] ?? 0) + (sectors[last + 1] ?? 0);
    if (first <= lastEnd) sectors[last + 1] = Math.max(lastEnd, end) - (sectors[last] ?? 0);
    else sectors.push(first, end - first);
  };
  for (let at = 0; at < runs.length; at += 2)
    add(Math.floor((runs[at] ?? 0) / SECTOR_BYTES), Math.ceil((runs[at + 1] ?? 0) / SECTOR_BYTES));
  const end = Math.ceil(sizeBytes / SECTOR_BYTES);
  add(end - 1, end);
  return Float64Array.from(sectors);
}
