/** Where a symbolic link leads in a tree that shall become a volume, as a guest would follow it. */

import { posix } from "node:path";
import { type NodeId, ROOT, type Tree } from "./tree.ts";
import type { ByteString } from "./value.ts";

export type ResolvedLink =
  /** A file or directory. */
  | { node: NodeId }
  /** `missing` is the path that the tree does not have, on the way to the target of `link`, whose whole path is `target`. */
  | { link: NodeId; missing: ByteString; target: ByteString }
  | { link: NodeId; loops: true };

/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

/** Follows `link` to its end. Where that is missing, the answer names the link, of those on the way, whose own target it is. */
export function resolveLink(tree: Tree, link: NodeId): ResolvedLink {
  /** Names to go, the next one last, each with the link in whose target it is. */
  const left: { name: ByteString; of: NodeId }[] = [];
  let above = ancestorsOf(tree, link);
  let links = 0;
  const enter = (node: NodeId) => {
    const target = tree.targetOf(node);
    if (target.startsWith("/")) above = [ROOT];
    for (const name of target.split("/").reverse()) if (name !== "" && name !== ".") left.push({ name, of: node });
  };
  enter(link);
  for (let part = left.pop(); part; part = left.pop()) {
    if (part.name === "..") {
      if (above.length > 1) above.pop();
      continue;
    }
    const at = above.at(-1) ?? ROOT;
    const child = tree.typeOf(at) === "directory" ? tree.childOf(at, part.name) : undefined;
    if (child === undefined) {
      const missing = posix.join(tree.pathOf(at), part.name);
      const { of } = part;
      const rest = left.filter((one) => one.of === of).reverse();
      return { link: of, missing, target: posix.join(missing, ...rest.map(({ name }) => name)) };
    }
    if (tree.typeOf(child) !== "link") above.push(child);
    else if (++links > MAX_LINKS) return { link, loops: true };
    else enter(child);
  }
  return { node: above.at(-1) ?? ROOT };
}

/** The directories on the way to a node, from the root. */
function ancestorsOf(tree: Tree, node: NodeId): NodeId[] {
  const above: NodeId[] = [];
  for (let at = node; at !== ROOT; ) {
    at = tree.parentOf(at);
    above.push(at);
  }
  return above.reverse();
}
