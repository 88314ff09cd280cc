/** Paths of a tree that shall become a volume: making, putting and looking, with links followed inside of the tree. */

import { posix } from "node:path";
import { type FileNode, type LinkNode, type NodeId, ROOT, type Tree, TreeConflict } from "./tree.ts";
import { type ByteString, toText } from "./value.ts";

export const MAX_NAME_BYTES = 255;
/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

/** The parts of an absolute path. Throws TreeConflict for `..`, NUL and names that no file system takes. */
export function splitPath(path: ByteString): ByteString[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw new TreeConflict("a path in an image can't have “..” in it");
    if (part.includes("\0")) throw new TreeConflict("a path can't have a NUL in it");
    checkLength(part);
  }
  return parts;
}

function checkLength(name: ByteString): void {
  if (name.length > MAX_NAME_BYTES) throw new TreeConflict(`a name is longer than ${MAX_NAME_BYTES} bytes`);
}

/** The directory at `path`, made with all above it where it is missing. Throws TreeConflict where a file is in the way. */
export function makeDirectory(tree: Tree, path: ByteString): NodeId {
  const directory = followPath(tree, path, true);
  if (directory === undefined) throw new TreeConflict(`${toText(path)} leads through a file`);
  return directory;
}

/** Puts a file or link at `path`, in the place of what was there. Throws TreeConflict where a directory is. */
export function putNode(tree: Tree, path: ByteString, node: FileNode | LinkNode): NodeId {
  const [parent, name] = splitLast(path);
  const directory = makeDirectory(tree, parent);
  const there = tree.childOf(directory, name);
  if (there !== undefined && tree.typeOf(there) === "directory")
    throw new TreeConflict(`${toText(path)} is a directory already`);
  return tree.put(directory, name, node);
}

/** Whether something stands at `path`, be it a link that leads nowhere. */
export function hasNode(tree: Tree, path: ByteString): boolean {
  const [parent, name] = splitLast(path);
  const directory = followPath(tree, parent, false);
  return directory !== undefined && tree.childOf(directory, name) !== undefined;
}

/** The file at `path`, links followed; undefined where there is none, or a path that no tree has. */
export function fileAt(tree: Tree, path: ByteString): NodeId | undefined {
  let at = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const node = nodeAt(tree, at);
    if (node === undefined || tree.typeOf(node) !== "link")
      return node === undefined || tree.typeOf(node) === "file" ? node : undefined;
    at = posix.resolve("/", posix.dirname(at), tree.targetOf(node));
  }
  return undefined;
}

function nodeAt(tree: Tree, path: ByteString): NodeId | undefined {
  try {
    const [parent, name] = splitLast(path);
    const directory = followPath(tree, parent, false);
    return directory === undefined ? undefined : tree.childOf(directory, name);
  } catch (error) {
    if (error instanceof TreeConflict) return undefined;
    throw error;
  }
}

function splitLast(path: ByteString): [parent: ByteString, name: ByteString] {
  const parts = splitPath(path);
  const name = parts.pop();
  if (name === undefined) throw new TreeConflict("a file needs a name");
  return [parts.join("/"), name];
}

/**
 * The directory at `path`; undefined where a file is in the way, or something is missing and shall not be made. Links on
 * the way are followed inside of the tree, so that a library for `/lib` lands in `/usr/lib` where the tree has such a link.
 */
function followPath(tree: Tree, path: ByteString, make: boolean): NodeId | undefined {
  const left = splitPath(path).reverse();
  const above: NodeId[] = [];
  let directory = ROOT;
  let links = 0;
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === "..") {
      directory = above.pop() ?? ROOT;
      continue;
    }
    const child = tree.childOf(directory, part);
    const type = child === undefined ? undefined : tree.typeOf(child);
    if (child !== undefined && type === "link") {
      if (++links > MAX_LINKS) throw new TreeConflict(`${toText(path)} leads through too many links`);
      const target = tree.targetOf(child);
      if (target.startsWith("/")) {
        directory = ROOT;
        above.length = 0;
      }
      const steps = target.split("/").filter((name) => name !== "" && name !== ".");
      steps.forEach(checkLength);
      left.push(...steps.reverse());
      continue;
    }
    if (type === "file" || (child === undefined && !make)) return undefined;
    above.push(directory);
    directory = child ?? tree.putDirectory(directory, part);
  }
  return directory;
}
