/** Finds what stands at a path of a volume, with links followed inside of it, as a program in it would. */

import { type ByteString, Tuple } from "../../formats/tfs/value.ts";
import { linkTarget, type TfsVolume } from "../../formats/tfs/volume.ts";

export interface Found {
  node: Tuple;
  /** Its path without any link in it, `/` for the root. */
  path: ByteString;
}

/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

const partsOf = (path: ByteString) => path.split("/").filter((part) => part !== "" && part !== ".");

/**
 * What is at `path`; undefined where nothing is, or only a link that leads nowhere. A link at the end of the path is
 * followed only if `followsLast`.
 */
export function findPath(volume: TfsVolume, path: ByteString, followsLast: boolean): Found | undefined {
  const left = partsOf(path).reverse();
  let way: { name: ByteString; node: Tuple }[] = [];
  let links = 0;
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === "..") {
      way.pop();
      continue;
    }
    const children = (way.at(-1)?.node ?? volume.root).get("children");
    const node = children instanceof Tuple ? children.get(part) : undefined;
    if (!(node instanceof Tuple)) return undefined;
    const target = linkTarget(node);
    if (target === undefined || (left.length === 0 && !followsLast)) {
      way.push({ name: part, node });
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    if (target.startsWith("/")) way = [];
    left.push(...partsOf(target).reverse());
  }
  return { node: way.at(-1)?.node ?? volume.root, path: `/${way.map(({ name }) => name).join("/")}` };
}
