/** Finds the files and folders of this machine that shall be added to an image. Their contents are read later. */

import type { Dirent, Stats } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { Placement } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { checkGuestPath, placedPath } from "./placement.ts";
import { readProblem } from "./read-problem.ts";
import { type DirectoryNode, emptyDirectory, type FileNode, hostFile, hostFileOf } from "./tfs/tree.ts";
import { type ByteString, toBytes, toText } from "./tfs/value.ts";

export interface Additions {
  folders: { guest: ByteString; tree: DirectoryNode }[];
  files: { guest: ByteString; node: FileNode }[];
}

export interface CollectOptions {
  signal: AbortSignal;
  /** Told of everything that is left out, in a sentence. */
  note: (line: string) => void;
  /** Called with the number of entries that were found. */
  onProgress: (entries: number) => void;
}

/** Entries whose facts are asked for side by side. */
const BATCH = 64;

/** Looks at all `files` and through all `folders`. Throws file.*, args.invalid, and the signal's reason. */
export async function collectAdditions(
  files: readonly Placement[],
  folders: readonly Placement[],
  options: CollectOptions,
): Promise<Additions> {
  for (const { host, guest } of [...files, ...folders]) {
    checkGuestPath(guest);
    if (!isAbsolute(host))
      throw new Problem("args.invalid", `“${host}” is not an absolute path`, {
        hint: "Give the whole path of the file.",
      });
  }
  const additions: Additions = { folders: [], files: [] };
  for (const { host, guest } of folders)
    additions.folders.push({ guest: toBytes(guest), tree: await collectFolder(host, options) });
  for (const { host, guest } of files)
    additions.files.push({ guest: toBytes(placedPath(host, guest)), node: await collectFile(host) });
  return additions;
}

async function collectFile(host: string): Promise<FileNode> {
  const facts = await factsOf(host);
  if (facts.isDirectory())
    throw new Problem("file.is-directory", `${host} is a folder`, { hint: "Add it as a folder instead." });
  if (!facts.isFile())
    throw new Problem("file.unsupported", `${host} is a device, a pipe or a socket`, {
      hint: "Only files and folders can be added.",
    });
  return hostFile(hostFileOf(toBytes(host), facts, true));
}

/** The tree of the folder at `host`. Links in it stay links; what is no file, folder or link is left out with a note. */
async function collectFolder(host: string, options: CollectOptions): Promise<DirectoryNode> {
  if (!(await factsOf(host)).isDirectory())
    throw new Problem("file.unsupported", `${host} is not a folder`, { hint: "Add it as a file instead." });
  const root = emptyDirectory();
  const open = [{ path: toBytes(host.replace(/(.)\/+$/, "$1")), into: root }];
  for (let folder = open.pop(); folder; folder = open.pop()) {
    const { path, into } = folder;
    const entries = await listFolder(path);
    for (let at = 0; at < entries.length; at += BATCH) {
      options.signal.throwIfAborted();
      const batch = entries.slice(at, at + BATCH);
      const nodes = await Promise.all(batch.map((entry) => collectEntry(entry, path, options.note)));
      batch.forEach((entry, index) => {
        const node = nodes[index];
        if (!node) return;
        const name = entry.name.toString("latin1");
        into.children.set(name, node);
        if (node.type === "directory") open.push({ path: `${path}/${name}`, into: node });
      });
      options.onProgress(batch.length);
    }
  }
  return root;
}

async function collectEntry(entry: Dirent<Buffer>, folder: ByteString, note: (line: string) => void) {
  const path = `${folder}/${entry.name.toString("latin1")}`;
  if (entry.isDirectory()) return emptyDirectory();
  try {
    if (entry.isSymbolicLink()) {
      const target = await readlink(toHostPath(path), { encoding: "buffer" });
      return { type: "link" as const, target: target.toString("latin1") };
    }
    if (entry.isFile()) return hostFile(hostFileOf(path, await lstat(toHostPath(path)), false));
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw readProblem(error, toText(path));
    throw new Problem("file.changed", `${toText(path)} has vanished while the folder was read`, {
      hint: "Build again when nothing writes to the folder.",
      cause: error,
    });
  }
  note(`Left out ${toText(path)}: it is a ${kindOf(entry)}`);
  return undefined;
}

function listFolder(path: ByteString): Promise<Dirent<Buffer>[]> {
  return readdir(toHostPath(path), { withFileTypes: true, encoding: "buffer" }).catch((error) => {
    throw readProblem(error, toText(path));
  });
}

async function factsOf(host: string): Promise<Stats> {
  return await stat(host).catch((error) => {
    throw readProblem(error, host);
  });
}

function kindOf(entry: Dirent<Buffer>): string {
  if (entry.isSocket()) return "socket";
  if (entry.isFIFO()) return "pipe";
  return "device";
}

function toHostPath(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}
