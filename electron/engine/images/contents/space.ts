/**
 * Disk usage below a directory, in few parts that are together all of it: the largest directories are taken
 * apart, one after the other, into what is large in them and the rest.
 */

import type { SpacePart } from "../../../../shared/contract/image-contents.ts";
import type { ByteString, Tuple } from "../../formats/tfs/value.ts";
import { entriesOf, type TfsVolume, typeOf } from "../../formats/tfs/volume.ts";
import type { Found } from "./find.ts";
import { showPath } from "./guest-path.ts";
import { lengthOrNothing, type Sum, type Sums, sumsBelow } from "./sums.ts";

/** Less than this share of the whole is no part of its own. */
const LEAST_SHARE = 1 / 200;

interface Part extends Sum {
  path: ByteString;
  /** Undefined for what is left of a directory that was taken apart: it can't be taken apart again. */
  node: Tuple | undefined;
  type: SpacePart["type"];
}

/** At most `most` parts, the largest first; none where there is nothing. */
export function spaceBelow(volume: TfsVolume, { node, path }: Found, most: number): SpacePart[] {
  if (typeOf(node) !== "directory" && node !== volume.root) return [];
  const sums = sumsBelow(node);
  const whole = sums.get(node) ?? { sizeBytes: 0, files: 0 };
  let parts: Part[] = [{ path, node, type: "directory", ...whole }];
  /** Directories that were met: one that stands in two places is told once. */
  const seen = new Set([node]);
  for (;;) {
    const largest = parts.find((part) => part.type === "directory" && part.node);
    if (!largest) break;
    const pieces = takeApart(largest, sums, seen, Math.max(1, whole.sizeBytes * LEAST_SHARE));
    if (parts.length - 1 + pieces.length > most) {
      // Too many: it stays whole, and smaller ones may still fit.
      largest.node = undefined;
      continue;
    }
    for (const piece of pieces) if (piece.node) seen.add(piece.node);
    parts = parts
      .filter((part) => part !== largest)
      .concat(pieces)
      .sort((a, b) => b.sizeBytes - a.sizeBytes);
  }
  return parts
    .filter(({ sizeBytes }) => sizeBytes > 0)
    .map(({ path, type, sizeBytes, files }) => ({ path: showPath(path), type, sizeBytes, files }));
}

function takeApart({ path, node, ...whole }: Part, sums: Sums, seen: ReadonlySet<Tuple>, leastBytes: number): Part[] {
  const rest: Part = { ...whole, path, node: undefined, type: "rest" };
  const pieces: Part[] = [];
  if (node)
    for (const [name, child] of entriesOf(node)) {
      const sum = sums.get(child) ?? { sizeBytes: lengthOrNothing(child), files: 1 };
      if (sum.sizeBytes < leastBytes || sum.sizeBytes > rest.sizeBytes || seen.has(child)) continue;
      const type = sums.has(child) ? "directory" : "file";
      pieces.push({ path: path === "/" ? `/${name}` : `${path}/${name}`, node: child, type, ...sum });
      rest.sizeBytes -= sum.sizeBytes;
      rest.files -= sum.files;
    }
  // What has nothing large in it is one part by itself, not its own rest.
  if (pieces.length === 0) return [{ ...rest, type: "directory" }];
  return [...pieces, rest];
}
