/** A tree that shall become a volume: names, links, and where the contents of each file will come from. */

import type { Stats } from "node:fs";
import type { ByteString } from "./value.ts";

/** A file of the host as it was when it was found; it must still be that one when it is copied. */
export interface HostFile {
  path: ByteString;
  sizeBytes: number;
  mtimeMs: number;
  inode: number;
  /** Whether a symbolic link at `path` is followed: for files that were named, not for those found in a folder. */
  follow: boolean;
}

/** The file at `path`, by its `stat`. */
export function hostFileOf(path: ByteString, stat: Stats, follow: boolean): HostFile {
  return { path, sizeBytes: stat.size, mtimeMs: stat.mtimeMs, inode: stat.ino, follow };
}

export interface FileNode {
  type: "file";
  sizeBytes: number;
  content: Buffer | HostFile;
}

export interface LinkNode {
  type: "link";
  target: ByteString;
}

export interface DirectoryNode {
  type: "directory";
  children: Map<ByteString, TreeNode>;
}

export type TreeNode = FileNode | LinkNode | DirectoryNode;

export const MAX_NAME_BYTES = 255;
/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

/** A path that can't be made in this tree. */
export class TreeConflict extends Error {
  override readonly name = "TreeConflict";
}

export function emptyDirectory(): DirectoryNode {
  return { type: "directory", children: new Map() };
}

export function memoryFile(content: Buffer | string): FileNode {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return { type: "file", sizeBytes: bytes.length, content: bytes };
}

export function hostFile(file: HostFile): FileNode {
  return { type: "file", sizeBytes: file.sizeBytes, content: file };
}

/** The parts of an absolute path. Throws TreeConflict for `..`, NUL and names that no file system takes. */
export function splitPath(path: ByteString): ByteString[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw new TreeConflict("a path in an image can't have “..” in it");
    if (part.includes("\0")) throw new TreeConflict("a path can't have a NUL in it");
    if (part.length > MAX_NAME_BYTES) throw new TreeConflict(`a name is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return parts;
}

/** The directory at `path`, made with all above it where it is missing. Throws TreeConflict where a file is in the way. */
export function makeDirectory(root: DirectoryNode, path: ByteString): DirectoryNode {
  const directory = followPath(root, path, true);
  if (!directory) throw new TreeConflict(`${path} leads through a file`);
  return directory;
}

/** Puts a file or link at `path`, in the place of what was there. Throws TreeConflict where a directory is. */
export function putNode(root: DirectoryNode, path: ByteString, node: FileNode | LinkNode): void {
  const [parent, name] = splitLast(path);
  const directory = makeDirectory(root, parent);
  if (directory.children.get(name)?.type === "directory") throw new TreeConflict(`${path} is a directory already`);
  directory.children.set(name, node);
}

/** Puts all of `from` below `path`: directories are joined, and of two files the new one stays. Throws TreeConflict. */
export function mergeDirectory(root: DirectoryNode, path: ByteString, from: DirectoryNode): void {
  const open = [{ into: makeDirectory(root, path), from, path }];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const [name, node] of next.from.children) {
      const there = next.into.children.get(name);
      const childPath = `${next.path}/${name}`;
      if (node.type === "directory" && there)
        open.push({ into: makeDirectory(root, childPath), from: node, path: childPath });
      else if (there?.type === "directory") throw new TreeConflict(`${childPath} is a directory already`);
      else next.into.children.set(name, node);
    }
  }
}

/** Whether something stands at `path`, be it a link that leads nowhere. */
export function hasNode(root: DirectoryNode, path: ByteString): boolean {
  const [parent, name] = splitLast(path);
  return followPath(root, parent, false)?.children.has(name) ?? false;
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
function followPath(root: DirectoryNode, path: ByteString, make: boolean): DirectoryNode | undefined {
  const left = splitPath(path).reverse();
  const above: DirectoryNode[] = [];
  let directory = root;
  let links = 0;
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === "..") {
      directory = above.pop() ?? root;
      continue;
    }
    let child = directory.children.get(part);
    if (child?.type === "link") {
      if (++links > MAX_LINKS) throw new TreeConflict(`${path} leads through too many links`);
      if (child.target.startsWith("/")) {
        directory = root;
        above.length = 0;
      }
      const steps = child.target.split("/").filter((name) => name !== "" && name !== ".");
      left.push(...steps.reverse());
      continue;
    }
    if (child?.type === "file" || (!child && !make)) return undefined;
    if (!child) {
      child = emptyDirectory();
      directory.children.set(part, child);
    }
    above.push(directory);
    directory = child;
  }
  return directory;
}
