/**
 * Applies layers of a container image to a folder (OCI image specification 1.1, "Image Layer Filesystem Changeset").
 * Nothing that a layer says is trusted: names stay below the folder, and links in it lead where a process with that root
 * would get. Owners, times and extended attributes are left out: a unikernel's file system has none of them.
 */

import type { Stats } from "node:fs";
import { chmod, type FileHandle, link, lstat, mkdir, open, opendir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Headers } from "tar-stream";
import { Problem } from "../../../../shared/problem.ts";
import { systemErrorCode, writeProblem } from "../../lib/atomic-file.ts";
import { damaged } from "./documents.ts";
import { partsOf, resolveScoped, ScopedPathError } from "./scoped-path.ts";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 256;
/** A name and what else is said of an entry before it. */
const MAX_HEADER_BYTES = 1 << 20;
/** A part of a file that is nothing but zeros becomes a hole. */
const PART_BYTES = 64 << 10;
const zeros = Buffer.alloc(PART_BYTES);

export interface LayerLimits {
  /** Of all layers together. */
  bytes: number;
  entries: number;
}

/** Builds up a root file system from layers, lowest first. */
export class LayerFolder {
  readonly #root: string;
  readonly #name: string;
  readonly #limits: LayerLimits;
  /** Folders whose permissions would keep their owner out, until all layers are there. */
  readonly #folderModes = new Map<string, number>();
  /** Files that were not made, by kind. */
  readonly leftOut = { devices: 0, pipes: 0 };
  #bytes = 0;
  #entries = 0;

  /** `root` is an empty folder that nobody else changes; `name` is the image's, for messages. */
  constructor(root: string, name: string, limits: LayerLimits) {
    this.#root = root;
    this.#name = name;
    this.#limits = limits;
  }

  /** Applies one layer, a tar archive that is not compressed. Throws container.*, disk.* and the signal's reason. */
  async apply(layer: Readable, signal: AbortSignal): Promise<void> {
    const { extract } = await import("tar-stream");
    const archive = extract();
    const made = new Set<string>();
    let sinceEntry = 0;
    let working = Promise.resolve();
    archive.on("entry", (header, content, next) => {
      content.on("error", () => {});
      sinceEntry = 0;
      working = this.#put(header, content, made);
      working.then(() => next(), next);
    });
    const bounded = async function* (pieces: AsyncIterable<Buffer>, refuse: () => Problem) {
      for await (const piece of pieces) {
        sinceEntry += piece.length;
        if (sinceEntry > MAX_HEADER_BYTES + piece.length) throw refuse();
        yield piece;
      }
    };
    const longHeader = () => damaged(this.#name, "an entry of a layer has a header of more than 1 MiB");
    const contentSeen = () => {
      sinceEntry = 0;
    };
    this.#onContent = contentSeen;
    try {
      await pipeline(layer, (pieces: AsyncIterable<Buffer>) => bounded(pieces, longHeader), archive, { signal });
      await working;
    } catch (error) {
      const reason = await working.then(
        () => error,
        (cause: unknown) => cause,
      );
      signal.throwIfAborted();
      throw this.#problem(reason);
    }
  }

  #onContent: () => void = () => {};

  /** Gives folders the permissions that their layers say, as far as their owner can still read them. */
  async finish(): Promise<void> {
    for (const [path, mode] of [...this.#folderModes].reverse()) {
      const facts = await lstat(join(this.#root, path)).catch(() => undefined);
      if (facts?.isDirectory()) await chmod(join(this.#root, path), mode | 0o700);
    }
  }

  async #put(header: Headers, content: Readable, made: Set<string>): Promise<void> {
    const { name, type, size = 0, mode = 0o644 } = header;
    if (++this.#entries > this.#limits.entries) throw this.#tooLarge("it has too many files");
    if (!Number.isSafeInteger(size) || size < 0) throw damaged(this.#name, `“${name}” has no size that makes sense`);
    const parts = partsOf(name);
    if (parts.length > MAX_DEPTH || parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES))
      throw damaged(this.#name, "a name in it is too long");
    const last = parts.at(-1);
    if (name.includes("\0") || name.split("/").includes(".."))
      throw damaged(this.#name, `“${name.slice(0, 200)}” would leave its folder`);
    if (last === undefined) {
      // The root itself. Its permissions are not those of the image's file system.
      content.resume();
      return;
    }
    const parent = await this.#parentOf(parts.slice(0, -1), made);
    if (last.startsWith(WHITEOUT)) {
      content.resume();
      return await this.#whiteOut(parent, last, made);
    }
    const path = parent === "" ? last : `${parent}/${last}`;
    made.add(path);
    await this.#make(path, { ...header, type, size, mode }, content);
  }

  async #make(path: string, { name, type, size = 0, mode = 0, linkname }: Headers, content: Readable): Promise<void> {
    const host = join(this.#root, path);
    switch (type) {
      case "directory":
        content.resume();
        if (!(await factsOf(host))?.isDirectory()) {
          await this.#remove(path);
          await mkdir(host);
        }
        this.#folderModes.set(path, mode & 0o7777);
        return;
      case "file":
      case "contiguous-file":
        await this.#remove(path);
        return await this.#writeFile(host, size, mode, content);
      case "symlink":
        content.resume();
        if (!linkname || linkname.includes("\0")) throw damaged(this.#name, `the link “${name}” leads nowhere`);
        await this.#remove(path);
        return await symlink(linkname, host);
      case "link":
        content.resume();
        return await this.#hardLink(path, linkname ?? "");
      case "block-device":
      case "character-device":
        content.resume();
        await this.#remove(path);
        this.leftOut.devices++;
        return;
      case "fifo":
        content.resume();
        await this.#remove(path);
        this.leftOut.pipes++;
        return;
      default:
        throw damaged(this.#name, `“${name}” is of a kind that is not known (${type})`);
    }
  }

  async #writeFile(host: string, size: number, mode: number, content: Readable): Promise<void> {
    this.#bytes += size;
    if (this.#bytes > this.#limits.bytes) throw this.#tooLarge("its files are larger than the limit");
    await using file = await open(host, "wx", 0o600);
    let at = 0;
    for await (const piece of content) {
      this.#onContent();
      for (let from = 0; from < piece.length; from += PART_BYTES) {
        const bytes: Buffer = piece.subarray(from, from + PART_BYTES);
        if (!isZero(bytes)) await writeAll(file, bytes, at);
        at += bytes.length;
      }
    }
    await file.truncate(at);
    await file.chmod((mode & 0o7777) | 0o400);
  }

  async #hardLink(path: string, linkname: string): Promise<void> {
    const parts = partsOf(linkname);
    if (parts.length === 0 || linkname.includes("\0") || linkname.split("/").includes(".."))
      throw damaged(this.#name, `the hard link “${path}” leads to “${linkname.slice(0, 200)}”`);
    const target = await this.#scoped(`/${parts.join("/")}`, true);
    if (target === path) return;
    const facts = await factsOf(join(this.#root, target));
    if (!facts || facts.isDirectory())
      throw damaged(this.#name, `the hard link “${path}” leads to “${linkname.slice(0, 200)}”, which is no file in it`);
    await this.#remove(path);
    if (facts.isSymbolicLink()) await symlink(await readlink(join(this.#root, target)), join(this.#root, path));
    else await link(join(this.#root, target), join(this.#root, path));
  }

  /** Where the folder of these names is, made where it is missing: layers need not list it. */
  async #parentOf(names: readonly string[], made: Set<string>): Promise<string> {
    const folder = await this.#scoped(`/${names.join("/")}`, false);
    const parts = partsOf(folder);
    for (let length = 1; length <= parts.length; length++) {
      const path = parts.slice(0, length).join("/");
      const facts = await factsOf(join(this.#root, path));
      if (facts?.isDirectory()) continue;
      if (facts) await this.#remove(path);
      await mkdir(join(this.#root, path));
      made.add(path);
    }
    return folder;
  }

  /** A whiteout hides what lower layers have, and never what its own layer brings, whatever comes first. */
  async #whiteOut(parent: string, marker: string, made: ReadonlySet<string>): Promise<void> {
    if (marker === OPAQUE) return await this.#empty(parent, made);
    const name = marker.slice(WHITEOUT.length);
    // Markers of aufs (.wh..wh.aufs, .wh..wh.plnk) and what can be no name stand for nothing.
    if (name === "" || name === "." || name === ".." || name.startsWith(WHITEOUT)) return;
    const path = parent === "" ? name : `${parent}/${name}`;
    if (!made.has(path)) await this.#remove(path);
  }

  /** Removes what is in a folder, except for what this layer has made. */
  async #empty(folder: string, made: ReadonlySet<string>): Promise<void> {
    for await (const { name } of await opendir(join(this.#root, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (!made.has(path)) await this.#remove(path);
      else if ((await factsOf(join(this.#root, path)))?.isDirectory()) await this.#empty(path, made);
    }
  }

  async #remove(path: string): Promise<void> {
    this.#folderModes.delete(path);
    await rm(join(this.#root, path), { recursive: true, force: true });
  }

  #scoped(path: string, keepLast: boolean): Promise<string> {
    return resolveScoped(this.#root, path, { keepLast });
  }

  #tooLarge(what: string): Problem {
    return new Problem("archive.too-large", `${this.#name} was not unpacked: ${what}`, {
      hint: "Check where the image comes from.",
    });
  }

  #problem(error: unknown): unknown {
    if (error instanceof Problem) return error;
    if (error instanceof ScopedPathError) return damaged(this.#name, error.message, error);
    const code = systemErrorCode(error) ?? "";
    const written = writeProblem(error, this.#root);
    if (written instanceof Problem && !["ENOTDIR", "EISDIR", "EEXIST", "ENAMETOOLONG"].includes(code)) return written;
    return damaged(this.#name, error instanceof Error ? error.message : String(error), error);
  }
}

/** A write may take less than it is given. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

function isZero(bytes: Buffer): boolean {
  return bytes.compare(zeros, 0, bytes.length) === 0;
}

async function factsOf(path: string): Promise<Stats | undefined> {
  return await lstat(path).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw error;
  });
}
