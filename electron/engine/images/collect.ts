/** Finds the files and folders of the host that shall be added to an image. Their contents are read later. */

import type { Dir, Dirent, Stats } from "node:fs";
import { lstat, opendir, readlink, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { Placement } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { type FolderId, hostFile, hostFileOf, modeToKeep, type NodeId, ROOT, Tree } from "../formats/tfs/tree.ts";
import { makeDirectory, putNode } from "../formats/tfs/tree-paths.ts";
import { type ByteString, toBytes, toText } from "../formats/tfs/value.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { readProblem } from "../lib/read-problem.ts";
import { fitsPattern } from "../programs/name-pattern.ts";
import { checkGuestPath, conflictProblem, placedPath } from "../programs/placement.ts";
import { bringTargets } from "./links.ts";

export interface CollectOptions {
  signal: AbortSignal;
  /** Told of everything that is left out, in a sentence. */
  note: (line: string) => void;
  /** Called with the number of entries that were found. */
  onProgress: (entries: number) => void;
  /** What links in folders lead to is added too, where the host has it. */
  followLinks?: boolean | undefined;
  /** A folder that stands for the root of the host, for links with absolute targets. */
  sysroot?: string | undefined;
}

/** Entries whose facts are asked for side by side. */
const BATCH = 64;

/**
 * Looks at all `files` and through all `folders`; the tree that they make: folders first, of two files in one place the
 * later one. A link that is kept among `files` brings what it leads to. Throws file.*, args.invalid, and the signal's reason.
 */
export async function collectAdditions(
  files: readonly Placement[],
  folders: readonly Placement[],
  options: CollectOptions,
): Promise<Tree> {
  for (const { host, guest } of [...files, ...folders]) {
    checkGuestPath(guest);
    if (!isAbsolute(host))
      throw new Problem("args.invalid", `“${host}” is not an absolute path`, {
        hint: "Give the absolute path of the file.",
      });
  }
  const tree = new Tree();
  try {
    for (const folder of folders) await collectFolder(tree, folder, options);
    const named: NodeId[] = [];
    for (const file of files) {
      const node = await collectFile(tree, file);
      if (tree.typeOf(node) === "link") named.push(node);
    }
    const { followLinks: all = false, sysroot, note } = options;
    const addFolder = (host: string, guest: string) => collectFolder(tree, { host, guest }, options);
    await bringTargets(tree, { all, named, sysroot, note, addFolder });
  } catch (error) {
    throw conflictProblem(error);
  }
  return tree;
}

async function collectFile(tree: Tree, { host, guest: place, keepLink }: Placement): Promise<NodeId> {
  const guest = toBytes(placedPath(host, place));
  if (keepLink && (await lstat(host).catch(() => undefined))?.isSymbolicLink()) {
    const node = putNode(tree, guest, { type: "link", target: await readlink(host, { encoding: "latin1" }) });
    tree.setHostOfLink(node, toBytes(host));
    return node;
  }
  const facts = await factsOf(host);
  if (facts.isDirectory())
    throw new Problem("file.is-directory", `${host} is a folder`, { hint: "Add it as a folder instead." });
  if (!facts.isFile())
    throw new Problem("file.unsupported", `${host} is a device, a pipe or a socket`, {
      hint: "Only files and folders can be added.",
    });
  return putNode(tree, guest, hostFile(hostFileOf(toBytes(host), facts, true)));
}

/** A folder of the host, and the directory that gets what is in it. */
interface Open {
  path: ByteString;
  guest: ByteString;
  folder: FolderId;
  /** Missing while nothing fits the pattern: then there is no such directory. */
  into: NodeId | undefined;
  /** Permissions that have to be kept. */
  mode: number | undefined;
}

function directoryOf(tree: Tree, { guest, mode }: Open): NodeId {
  const directory = makeDirectory(tree, guest);
  // The root belongs to all folders that are added.
  if (directory !== ROOT) tree.setMode(directory, mode);
  return directory;
}

/** Adds the folder at `host`. Links in it stay links; what is no file, folder or link is left out with a note. */
async function collectFolder(tree: Tree, placement: Placement, options: CollectOptions): Promise<void> {
  const { host, pattern } = placement;
  const guest = toBytes(placement.guest);
  const facts = await factsOf(host);
  if (!facts.isDirectory())
    throw new Problem("file.unsupported", `${host} is not a folder`, { hint: "Add it as a file instead." });
  const path = toBytes(host.replace(/\/+$/, ""));
  const open: Open[] = [{ path, guest, folder: tree.addFolder(path), into: undefined, mode: modeToKeep(facts) }];
  for (let next = open.pop(); next; next = open.pop()) {
    const parent = next;
    if (pattern === undefined) parent.into = directoryOf(tree, parent);
    for await (const batch of batchesOf(parent.path)) {
      options.signal.throwIfAborted();
      const wanted = batch.filter((entry) => isWanted(entry, pattern));
      const found = await Promise.all(wanted.map((entry) => lookAt(entry, parent.path)));
      for (const [index, entry] of wanted.entries()) {
        const directory = add(tree, parent, entry, found[index], options.note);
        if (directory) open.push(directory);
      }
      options.onProgress(batch.length);
    }
  }
}

const isWanted = (entry: Dirent, pattern: string | undefined) =>
  pattern === undefined || entry.isDirectory() || fitsPattern(toText(entry.name), pattern);

/** What an entry is beyond its type: the target of a link, the facts of a file or folder. */
type Found = { target: ByteString } | { facts: Stats } | undefined;

async function lookAt(entry: Dirent, folder: ByteString): Promise<Found> {
  const path = `${folder}/${entry.name}`;
  try {
    if (entry.isSymbolicLink()) return { target: await readlink(toHostPath(path), { encoding: "latin1" }) };
    if (entry.isFile() || entry.isDirectory()) return { facts: await lstat(toHostPath(path)) };
    return undefined;
  } catch (error) {
    throw vanishedProblem(error, path);
  }
}

function vanishedProblem(error: unknown, path: ByteString): unknown {
  if (systemErrorCode(error) !== "ENOENT") return readProblem(error, toText(path));
  return new Problem("file.changed", `${toText(path)} disappeared while the folder was read`, {
    hint: "Build again when no program changes the folder.",
    cause: error,
  });
}

/** Puts an entry into the tree; returns it where it is a folder, to be looked through. */
function add(tree: Tree, parent: Open, entry: Dirent, found: Found, note: (line: string) => void): Open | undefined {
  const { name } = entry;
  const path = `${parent.path}/${name}`;
  if (entry.isDirectory()) {
    const guest = `${parent.guest}/${name}`;
    const mode = found && "facts" in found ? modeToKeep(found.facts) : undefined;
    return { path, guest, folder: tree.addFolder(name, parent.folder), into: undefined, mode };
  }
  if (found) {
    parent.into ??= directoryOf(tree, parent);
    if ("target" in found) tree.putLinkFromFolder(parent.into, name, parent.folder, found.target);
    else tree.putFromFolder(parent.into, name, parent.folder, found.facts);
  } else note(`Left out ${toText(path)}: it is a ${kindOf(entry)}`);
  return undefined;
}

/** The entries of a folder, a few at a time: it may have a million. Names are byte strings. */
async function* batchesOf(path: ByteString): AsyncGenerator<Dirent[]> {
  const folder: Dir = await opendir(toHostPath(path || "/"), { encoding: "latin1", bufferSize: BATCH }).catch(
    (error) => {
      throw vanishedProblem(error, path);
    },
  );
  let batch: Dirent[] = [];
  for await (const entry of folder) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function factsOf(host: string): Promise<Stats> {
  return await stat(host).catch((error) => {
    throw readProblem(error, host);
  });
}

function kindOf(entry: Dirent): string {
  if (entry.isSocket()) return "socket";
  if (entry.isFIFO()) return "pipe";
  return "device";
}

function toHostPath(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}
