/** Entries of an image's file system, as people and programs are shown them. */

import type { ImageEntry } from "../../../../shared/contract/image-contents.ts";
import { TfsDamage } from "../../formats/tfs/codec.ts";
import type { ByteString, Tuple } from "../../formats/tfs/value.ts";
import {
  entriesOf,
  extentsOf,
  fileLength,
  linkTarget,
  modeOf,
  modifiedMs,
  type TfsVolume,
  typeOf,
} from "../../formats/tfs/volume.ts";
import type { Found } from "./find.ts";
import { showPath } from "./guest-path.ts";
import { lengthOrNothing, type Sums, sumsBelow } from "./sums.ts";

/** What is at `at`: the entries of a directory by name, with those of all directories below if `recursive`; else itself. */
export function* listEntries(volume: TfsVolume, at: Found, recursive: boolean): Generator<ImageEntry> {
  if (typeOf(at.node) !== "directory" && at.node !== volume.root) {
    yield describe(volume, at.path, at.node, new Map());
    return;
  }
  const sums = sumsBelow(at.node);
  const seen = new Set([at.node]);
  const open = [inOrder(at.path, at.node)];
  for (let level = open.at(-1); level; level = open.at(-1)) {
    const next = level.next();
    if (next.done) {
      open.pop();
      continue;
    }
    const [path, node] = next.value;
    const isLoop = seen.has(node);
    yield { ...describe(volume, path, node, sums), ...(isLoop && { damage: "the directory stands in two places" }) };
    if (!recursive || isLoop || typeOf(node) !== "directory") continue;
    seen.add(node);
    open.push(inOrder(path, node));
  }
}

/** Paths and nodes of a directory's entries, by the bytes of their names. */
function* inOrder(path: ByteString, directory: Tuple): Generator<[ByteString, Tuple]> {
  const entries = [...entriesOf(directory)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, node] of entries) yield [path === "/" ? `/${name}` : `${path}/${name}`, node];
}

function describe(volume: TfsVolume, path: ByteString, node: Tuple, sums: Sums): ImageEntry {
  const type = typeOf(node);
  const target = linkTarget(node);
  const modified = modifiedMs(node);
  const mode = type === "link" ? undefined : modeOf(node);
  return {
    path: showPath(path),
    type,
    sizeBytes: 0,
    ...(type === "directory" && { sizeBytes: sums.get(node)?.sizeBytes ?? 0, entries: countOf(node) }),
    ...(type === "link" && target !== undefined && { target: showPath(target) }),
    ...(mode !== undefined && { mode }),
    ...(modified !== undefined && { modifiedAt: new Date(modified).toISOString() }),
    ...(type === "file" && describeFile(volume, node)),
  };
}

function describeFile(volume: TfsVolume, node: Tuple): Pick<ImageEntry, "sizeBytes" | "damage"> {
  try {
    extentsOf(volume, node);
    return { sizeBytes: fileLength(node) };
  } catch (error) {
    if (!(error instanceof TfsDamage)) throw error;
    return { sizeBytes: lengthOrNothing(node), damage: error.message };
  }
}

function countOf(directory: Tuple): number {
  let count = 0;
  for (const _ of entriesOf(directory)) count++;
  return count;
}
