/**
 * A tree that shall become a volume: names, links, and where the contents of each file will come from.
 *
 * Nodes are numbers, and what is known of them stands in columns: some sixty bytes a file, whatever the tree. The
 * functions that take paths are in tree-paths.ts.
 */

import type { Stats } from "node:fs";
import { NameTable } from "./name-table.ts";
import { Numbers } from "./numbers.ts";
import { type ByteString, toText } from "./value.ts";

/** A file of the host as it was when it was found; it must still be that one when it is copied. */
export interface HostFile {
  path: ByteString;
  sizeBytes: number;
  mtimeMs: number;
  inode: number;
  /** Whether a symbolic link at `path` is followed: for files that were named, not for those found in a folder. */
  follow: boolean;
  /** Permissions that have to be kept. */
  mode: number | undefined;
  /** It takes so much less room on the host than its size that it is worth looking for holes. */
  isSparse: boolean;
}

/** Less is not worth it: compressing file systems give every file less room than its size. */
const LEAST_SPARSE_BYTES = 1 << 20;

function isSparse({ size, blocks }: Stats): boolean {
  return size - blocks * 512 >= LEAST_SPARSE_BYTES;
}

/**
 * The permissions of a file or folder where others count on them: nobody but the owner may come near, or set-id and sticky
 * bits. Any others stay unsaid, so that images of files as they usually are have the same bytes as OPS's.
 */
export function modeToKeep({ mode }: Pick<Stats, "mode">): number | undefined {
  return (mode & 0o077) === 0 || (mode & 0o7000) !== 0 ? mode & 0o7777 : undefined;
}

/** The file at `path`, by its `stat`. */
export function hostFileOf(path: ByteString, stat: Stats, follow: boolean): HostFile {
  const { size: sizeBytes, mtimeMs, ino: inode } = stat;
  return { path, sizeBytes, mtimeMs, inode, follow, mode: modeToKeep(stat), isSparse: isSparse(stat) };
}

export interface FileNode {
  type: "file";
  content: Buffer | HostFile;
}

export interface LinkNode {
  type: "link";
  target: ByteString;
}

export function memoryFile(content: Buffer | string): FileNode {
  return { type: "file", content: typeof content === "string" ? Buffer.from(content) : content };
}

export function hostFile(file: HostFile): FileNode {
  return { type: "file", content: file };
}

/** A node of one tree. The root is number 0. */
export type NodeId = number;
export const ROOT: NodeId = 0;

/** A folder of the host in which files of the tree are, by number. */
export type FolderId = number;

const Kind = { directory: 0, file: 1, link: 2 } as const;
export type NodeType = keyof typeof Kind;

/** A path that can't be made in this tree. */
export class TreeConflict extends Error {
  override readonly name = "TreeConflict";
}

const FIRST_SLOTS = 256;
/** In the place of a folder: the content stands in a map of its own, by node. */
const BY_NODE = 0;

export class Tree {
  /** Names of entries, targets of links, names of host folders. */
  readonly names = new NameTable();
  readonly #kind = new Numbers(Uint8Array);
  readonly #name = new Numbers(Uint32Array);
  readonly #nextSibling = new Numbers(Uint32Array);
  /** A directory's first child; a link's target, as a name; the folder of a file. */
  readonly #first = new Numbers(Uint32Array);
  /** A directory's children; a file's bytes. */
  readonly #size = new Numbers(Float64Array);
  readonly #mtimeMs = new Numbers(Float64Array);
  /** Of a link: the host folder that it is in. */
  readonly #inode = new Numbers(Float64Array);
  /** Contents of files that are not from a folder: of those there are few. */
  readonly #contents = new Map<NodeId, Buffer | HostFile>();
  /** Files that may have holes; of those that were looked at, the sectors with data: [first, count, first, count …]. */
  readonly #sparse = new Set<NodeId>();
  readonly #runs = new Map<NodeId, Float64Array>();
  readonly #modes = new Map<NodeId, number>();
  /** Host paths of links that are not from a folder. */
  readonly #linkHosts = new Map<NodeId, ByteString>();
  /** By parent and name: the node, or 0, for the root is nobody's child. A hash table with open addressing. */
  #slots = new Uint32Array(FIRST_SLOTS);
  readonly #parent = new Numbers(Uint32Array);
  readonly #folders = new HostFolders(this.names);

  constructor() {
    this.#add(ROOT, "", Kind.directory);
  }

  /** Nodes, the root included. */
  get size(): number {
    return this.#kind.length;
  }

  typeOf(node: NodeId): NodeType {
    const kind = this.#kind.at(node);
    return kind === Kind.file ? "file" : kind === Kind.link ? "link" : "directory";
  }

  nameOf(node: NodeId): ByteString {
    return this.names.text(this.#name.at(node));
  }

  /** The absolute path of a node. */
  pathOf(node: NodeId): ByteString {
    const parts: ByteString[] = [];
    for (let at = node; at !== ROOT; at = this.#parent.at(at)) parts.push(this.nameOf(at));
    return `/${parts.reverse().join("/")}`;
  }

  /** The number of the node's name in `names`. */
  nameIdOf(node: NodeId): number {
    return this.#name.at(node);
  }

  /** A file's bytes; the number of a directory's children. */
  sizeOf(node: NodeId): number {
    return this.#size.at(node);
  }

  /** When a file of the host was changed, in milliseconds since 1970; 0 where the content comes from elsewhere. */
  mtimeMsOf(file: NodeId): number {
    const content = this.#contents.get(file);
    if (content === undefined) return this.#mtimeMs.at(file);
    return Buffer.isBuffer(content) ? 0 : content.mtimeMs;
  }

  targetOf(link: NodeId): ByteString {
    return this.names.text(this.#first.at(link));
  }

  /** The link's own path on the host; undefined for one that comes from nowhere. */
  hostOfLink(link: NodeId): ByteString | undefined {
    const folder = this.#inode.at(link);
    return (
      this.#linkHosts.get(link) ?? (folder > 0 ? `${this.#folders.pathOf(folder)}/${this.nameOf(link)}` : undefined)
    );
  }

  setHostOfLink(link: NodeId, path: ByteString): void {
    this.#linkHosts.set(link, path);
  }

  /** Files of the host that may have holes. */
  sparseFiles(): Iterable<NodeId> {
    return this.#sparse;
  }

  /** Says which sectors of a file have data: [first, count, first, count …], by rising number. */
  setRuns(file: NodeId, sectors: Float64Array): void {
    this.#runs.set(file, sectors);
  }

  /** Undefined for a file that is stored whole. */
  runsOf(file: NodeId): Float64Array | undefined {
    return this.#runs.get(file);
  }

  /** Permissions of a file or directory that have to be kept; undefined for the usual ones. */
  modeOf(node: NodeId): number | undefined {
    return this.#modes.get(node);
  }

  setMode(node: NodeId, mode: number | undefined): void {
    if (mode === undefined) this.#modes.delete(node);
    else this.#modes.set(node, mode);
  }

  parentOf(node: NodeId): NodeId {
    return this.#parent.at(node);
  }

  /** Where the contents of a file will come from. */
  contentOf(file: NodeId): Buffer | HostFile {
    const content = this.#contents.get(file);
    if (content) return content;
    return {
      path: `${this.#folders.pathOf(this.#first.at(file))}/${this.nameOf(file)}`,
      sizeBytes: this.#size.at(file),
      mtimeMs: this.#mtimeMs.at(file),
      inode: this.#inode.at(file),
      follow: false,
      mode: this.#modes.get(file),
      isSparse: this.#sparse.has(file),
    };
  }

  childOf(directory: NodeId, name: ByteString): NodeId | undefined {
    const nameId = this.names.find(name);
    return nameId === undefined ? undefined : this.#slots[this.#slotOf(directory, nameId)] || undefined;
  }

  /** The directory of that name in `parent`, made where there is nothing. Throws TreeConflict where a file or link is. */
  putDirectory(parent: NodeId, name: ByteString): NodeId {
    const there = this.childOf(parent, name);
    if (there === undefined) return this.#add(parent, name, Kind.directory);
    if (this.#kind.at(there) !== Kind.directory) throw new TreeConflict(`${toText(name)} is no directory`);
    return there;
  }

  /** Puts a file or link into `parent`, in the place of what has its name. Throws TreeConflict where a directory is. */
  put(parent: NodeId, name: ByteString, node: FileNode | LinkNode): NodeId {
    const id = this.#replaceable(parent, name, Kind[node.type]);
    if (node.type === "link") this.#first.set(id, this.names.idOf(node.target));
    else {
      this.#contents.set(id, node.content);
      this.#size.set(id, Buffer.isBuffer(node.content) ? node.content.length : node.content.sizeBytes);
      if (!Buffer.isBuffer(node.content)) {
        if (node.content.isSparse) this.#sparse.add(id);
        this.setMode(id, node.content.mode);
      }
    }
    return id;
  }

  /** The same for the file called `name` in a host folder: its path takes no room. */
  putFromFolder(parent: NodeId, name: ByteString, folder: FolderId, stat: Stats): NodeId {
    const id = this.#replaceable(parent, name, Kind.file);
    this.#first.set(id, folder);
    this.#size.set(id, stat.size);
    this.#mtimeMs.set(id, stat.mtimeMs);
    this.#inode.set(id, stat.ino);
    if (isSparse(stat)) this.#sparse.add(id);
    this.setMode(id, modeToKeep(stat));
    return id;
  }

  /** The same for a link in a host folder. */
  putLinkFromFolder(parent: NodeId, name: ByteString, folder: FolderId, target: ByteString): NodeId {
    const id = this.put(parent, name, { type: "link", target });
    this.#inode.set(id, folder);
    return id;
  }

  /** A folder of the host, for `putFromFolder`: the one at an absolute path, or one in another. */
  addFolder(path: ByteString, parent?: FolderId): FolderId {
    return this.#folders.add(path, parent);
  }

  /** Orders the children of every directory by the bytes of their names: so the same input gives the same volume. */
  sort(): void {
    const { names } = this;
    for (const directory of this.#directories()) {
      const children = [...this.#childrenOf(directory)];
      children.sort((a, b) => names.compare(this.#name.at(a), this.#name.at(b)));
      let next = 0;
      for (const child of children.reverse()) {
        this.#nextSibling.set(child, next);
        next = child;
      }
      this.#first.set(directory, next);
    }
  }

  /** Every node below the root; directories before what is in them, whose entries follow at once. */
  *walk(): Generator<NodeId> {
    const open = [this.#first.at(ROOT)];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node === 0) continue;
      yield node;
      open.push(this.#nextSibling.at(node));
      if (this.#kind.at(node) === Kind.directory) open.push(this.#first.at(node));
    }
  }

  *#directories(): Generator<NodeId> {
    for (let node = 0; node < this.size; node++) if (this.#kind.at(node) === Kind.directory) yield node;
  }

  *#childrenOf(directory: NodeId): Generator<NodeId> {
    for (let child = this.#first.at(directory); child !== 0; child = this.#nextSibling.at(child)) yield child;
  }

  #add(parent: NodeId, name: ByteString, kind: number): NodeId {
    const id = this.size;
    this.#kind.push(kind);
    this.#name.push(this.names.idOf(name));
    this.#parent.push(parent);
    this.#first.push(0);
    this.#size.push(0);
    if (id === ROOT) return id;
    this.#nextSibling.set(id, this.#first.at(parent));
    this.#first.set(parent, id);
    this.#size.set(parent, this.#size.at(parent) + 1);
    if (this.size * 2 > this.#slots.length) this.#rehash();
    else this.#slots[this.#slotOf(parent, this.#name.at(id))] = id;
    return id;
  }

  /** A node of that name and kind, without content: a new one, or the file or link that has the name. */
  #replaceable(parent: NodeId, name: ByteString, kind: number): NodeId {
    const there = this.childOf(parent, name);
    if (there === undefined) return this.#add(parent, name, kind);
    if (this.#kind.at(there) === Kind.directory) throw new TreeConflict(`${toText(name)} is a directory already`);
    this.#kind.set(there, kind);
    this.#contents.delete(there);
    this.#linkHosts.delete(there);
    this.#sparse.delete(there);
    this.#runs.delete(there);
    this.#modes.delete(there);
    if (this.#inode.at(there) > 0) this.#inode.set(there, 0);
    this.#first.set(there, BY_NODE);
    this.#size.set(there, 0);
    return there;
  }

  #slotOf(parent: NodeId, name: number): number {
    const mask = this.#slots.length - 1;
    const hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(name, 0x85ebca6b);
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot] ?? 0;
      if (node === 0 || (this.#parent.at(node) === parent && this.#name.at(node) === name)) return slot;
    }
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let node = 1; node < this.size; node++)
      this.#slots[this.#slotOf(this.#parent.at(node), this.#name.at(node))] = node;
  }
}

/** Folders of the host, each known by its name in another one; numbers begin at 1. */
class HostFolders {
  readonly #names: NameTable;
  readonly #name = new Numbers(Uint32Array);
  readonly #parent = new Numbers(Uint32Array);

  constructor(names: NameTable) {
    this.#names = names;
    this.#name.push(0);
    this.#parent.push(0);
  }

  add(path: ByteString, parent = 0): FolderId {
    this.#name.push(this.#names.idOf(path));
    this.#parent.push(parent);
    return this.#name.length - 1;
  }

  pathOf(folder: FolderId): ByteString {
    const parts: ByteString[] = [];
    for (let at = folder; at !== 0; at = this.#parent.at(at)) parts.push(this.#names.text(this.#name.at(at)));
    return parts.reverse().join("/");
  }
}
