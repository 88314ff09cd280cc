/**
 * Copies files and folders out of an image. Names and links in it are anybody's: nothing is ever written outside of the
 * folder that was named, and links are copied as links.
 */

import type { Stats } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, rename, rm, stat, symlink } from "node:fs/promises";
import { ELF_MAGIC } from "../../../../shared/elf.ts";
import { Problem } from "../../../../shared/problem.ts";
import { writeAt } from "../../formats/byte-source.ts";
import { TfsDamage } from "../../formats/tfs/codec.ts";
import { MAX_NAME_BYTES } from "../../formats/tfs/tree-paths.ts";
import { type ByteString, type Tuple, toBytes, toText } from "../../formats/tfs/value.ts";
import {
  contentsOf,
  dataRunsOf,
  entriesOf,
  linkTarget,
  modeOf,
  modifiedMs,
  type TfsVolume,
  typeOf,
} from "../../formats/tfs/volume.ts";
import { systemErrorCode, writeProblem } from "../../lib/atomic-file.ts";
import { nameAnother } from "../../lib/chosen-file.ts";
import { randomBytes } from "../../lib/crypto.ts";
import { refuseSpecial } from "../../lib/open-regular.ts";
import type { TaskControl } from "../../tasks/task-list.ts";
import type { Found } from "./find.ts";
import { showPath } from "./guest-path.ts";

export interface CopyRequest {
  /** What to copy, out of one volume. */
  found: readonly Found[];
  /** Absolute: a folder, or the new name of one thing. */
  to: string;
  /** Whether files that exist are replaced. */
  force: boolean;
}

type Control = Pick<TaskControl, "signal" | "advance" | "note">;

/** Set-id bits and others' right to write are the guest's word alone: on the host they would give rights away. */
const SAFE_BITS = 0o755;
/** Of a folder while it is filled. */
const FILLING_MODE = 0o700;
const PIECE_BYTES = 1 << 20;
/** Notes on entries that were left out end here. */
const MAX_NOTES = 100;

/** Returns the paths that were made or filled. Throws file.exists, file.not-found, file.unsupported, disk.* and the signal's reason. */
export async function copyOut(
  volume: TfsVolume,
  { found, to, force }: CopyRequest,
  control: Control,
): Promise<string[]> {
  const folder = toBytes(to.replace(/(.)\/+$/, "$1"));
  const isFolder = (await stat(toHostPath(folder)).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder && found.length > 1)
    throw new Problem("file.not-found", `There is no folder ${to} to copy ${found.length}  items into`, {
      hint: "Create it first.",
    });
  const made: string[] = [];
  for (const { node, path } of found) {
    const name = path.replace(/.*\//s, "");
    // The root has no name: what is in it goes into the folder itself.
    const target = isFolder && name !== "" ? `${folder}/${name}` : folder;
    if (name !== "" && !isPlainName(name))
      throw new Problem("file.unsupported", `“${showPath(name)}” can't be the name of a file`, {
        hint: "Copy it to another name.",
      });
    try {
      await new Copier(volume, force, control).copyTo(target, node, path);
    } catch (error) {
      throw copyProblem(error, target, path);
    }
    made.push(toText(target));
  }
  return made;
}

/** The bytes that a copy will read, for its progress. Stops at what can't be read: the copy will say why. */
export function bytesOf(volume: TfsVolume, found: readonly Found[]): number {
  let sum = 0;
  const seen = new Set<Tuple>();
  const open = found.map(({ node }) => node);
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (typeOf(node) === "file") sum += dataBytes(volume, node);
    else for (const [, child] of entriesOf(node)) open.push(child);
  }
  return sum;
}

class Copier {
  readonly #volume: TfsVolume;
  readonly #force: boolean;
  readonly #control: Control;
  /** Directories that were met: one that comes again makes an endless tree, or one of more entries than there are nodes. */
  readonly #seen = new Set<Tuple>();
  #notes = 0;

  constructor(volume: TfsVolume, force: boolean, control: Control) {
    this.#volume = volume;
    this.#force = force;
    this.#control = control;
  }

  /** Copies `node`, whose path in the image is `path`, to `target`: whole under that name or not at all, or into the folder there. */
  async copyTo(target: ByteString, node: Tuple, path: ByteString): Promise<void> {
    this.#control.signal.throwIfAborted();
    const there = await lstat(toHostPath(target)).catch(() => undefined);
    if (typeOf(node) === "directory" || node === this.#volume.root) {
      if (there) {
        // A link to a folder is not followed: it may lead anywhere.
        if (!there.isDirectory()) throw inTheWay(target, there);
        await this.#fillFolder(target, node, path, true);
      } else await this.#makeNew(target, (temporary) => this.#newFolder(temporary, node, path));
    } else if (typeOf(node) === "link") {
      if (there) await this.#checkReplaceable(target, there);
      await this.#makeNew(target, (temporary) => this.#newLink(temporary, node));
    } else if (typeOf(node) === "file") {
      if (there) await this.#checkReplaceable(target, there);
      await this.#makeNew(target, (temporary) => this.#newFile(temporary, node, true));
    } else this.#leaveOut(path, "it is neither file, folder nor link");
  }

  /** Makes something under a temporary name beside `target`, and gives it its name when it is whole. */
  async #makeNew(target: ByteString, make: (temporary: ByteString) => Promise<void>): Promise<void> {
    const temporary = `${target.replace(/[^/]*$/, "")}.unideck-${randomBytes(6).toString("hex")}.tmp`;
    try {
      await make(temporary);
      await rename(toHostPath(temporary), toHostPath(target));
    } catch (error) {
      await rm(toHostPath(temporary), { recursive: true, force: true });
      throw error;
    }
  }

  async #newFolder(folder: ByteString, node: Tuple, path: ByteString): Promise<void> {
    const kept = modeOf(node);
    await mkdir(toHostPath(folder), kept === undefined ? {} : { mode: FILLING_MODE });
    await this.#fillFolder(folder, node, path, false);
    if (kept !== undefined) await chmod(toHostPath(folder), kept & SAFE_BITS);
  }

  /** Puts all that is in a directory into `folder`. In one that was there before, things may be in the way. */
  async #fillFolder(folder: ByteString, directory: Tuple, path: ByteString, isOld: boolean): Promise<void> {
    if (this.#seen.has(directory)) throw new TfsDamage(`the directory ${showPath(path)} stands in two places`);
    this.#seen.add(directory);
    for (const [name, node] of entriesOf(directory)) {
      const [target, childPath] = [`${folder}/${name}`, `${path === "/" ? "" : path}/${name}`];
      if (!isPlainName(name)) this.#leaveOut(childPath, "this is not a valid file name");
      else if (isOld) await this.copyTo(target, node, childPath);
      else await this.#copyNew(target, node, childPath);
    }
  }

  /** Copies into a folder that nobody knows yet: its name comes when all is in it. */
  async #copyNew(target: ByteString, node: Tuple, path: ByteString): Promise<void> {
    this.#control.signal.throwIfAborted();
    const type = typeOf(node);
    if (type === "directory") return await this.#newFolder(target, node, path);
    if (type === "link") return await this.#newLink(target, node);
    if (type !== "file") return this.#leaveOut(path, "it is neither file, folder nor link");
    return await this.#newFile(target, node, false);
  }

  async #newFile(target: ByteString, node: Tuple, isSynced: boolean): Promise<void> {
    const file = await open(toHostPath(target), "wx", await this.#modeOf(node));
    try {
      await this.#fillFile(file, node);
      if (isSynced) await file.sync();
    } finally {
      await file.close();
    }
  }

  async #newLink(target: ByteString, node: Tuple): Promise<void> {
    await symlink(toHostPath(linkTarget(node) ?? ""), toHostPath(target));
  }

  async #fillFile(file: FileHandle, node: Tuple): Promise<void> {
    const contents = contentsOf(this.#volume, node);
    for (const { start, end } of dataRunsOf(this.#volume, node))
      for (let at = start; at < end; at += PIECE_BYTES) {
        this.#control.signal.throwIfAborted();
        const piece = await contents.read(at, Math.min(PIECE_BYTES, end - at));
        await writeAt(file, piece, at);
        this.#control.advance(piece.length);
      }
    await file.truncate(contents.sizeBytes);
    const modified = modifiedMs(node);
    if (modified !== undefined) await file.utimes(modified / 1000, modified / 1000);
  }

  /** Most files of an image have no permissions: what can be run gets those of a program. */
  async #modeOf(node: Tuple): Promise<number> {
    const kept = modeOf(node);
    if (kept !== undefined) return kept & SAFE_BITS;
    const beginning = (await contentsOf(this.#volume, node).read(0, 4)).toString("latin1");
    return beginning === ELF_MAGIC || beginning.startsWith("#!") ? 0o755 : 0o644;
  }

  /** Only files, and links as links: never what a link leads to, nor a link to a device, as `/dev/stdout` is one. */
  async #checkReplaceable(target: ByteString, there: Stats): Promise<void> {
    if (there.isDirectory() || !this.#force) throw inTheWay(target, there);
    const led = there.isSymbolicLink() ? await stat(toHostPath(target)).catch(() => undefined) : there;
    if (led && !led.isDirectory()) refuseSpecial(toText(target), led, nameAnother);
  }

  #leaveOut(path: ByteString, why: string): void {
    if (++this.#notes <= MAX_NOTES) this.#control.note(`Left out ${showPath(path)}: ${why}`);
  }
}

/** A name that means an entry of its folder, and nothing else. */
function isPlainName(name: ByteString): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name) && name.length <= MAX_NAME_BYTES;
}

function dataBytes(volume: TfsVolume, node: Tuple): number {
  try {
    return dataRunsOf(volume, node).reduce((sum, { start, end }) => sum + end - start, 0);
  } catch (error) {
    if (error instanceof TfsDamage) return 0;
    throw error;
  }
}

function inTheWay(target: ByteString, there: Stats): Problem {
  return new Problem("file.exists", `${toText(target)} is already there`, {
    hint: there.isFile() ? "Choose another place, or replace files with --force." : "Choose another place.",
  });
}

/** Damage is told with the path in the image, a failed write with the one on the host. */
function copyProblem(error: unknown, target: ByteString, path: ByteString): unknown {
  if (error instanceof TfsDamage)
    return new Problem("image.damaged", `${showPath(path)} can't be copied: ${error.message}`, {
      hint: "“unideck images check” says what else is wrong with the image.",
      cause: error,
    });
  if (systemErrorCode(error) === "ENOENT")
    return new Problem("file.not-found", `There is no folder to put ${toText(target)} into`, {
      hint: "Create the folder first.",
      cause: error,
    });
  return writeProblem(error, toText(target));
}

function toHostPath(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}
