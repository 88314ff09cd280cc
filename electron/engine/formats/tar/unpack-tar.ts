/**
 * Unpacks a tar archive, compressed with gzip or not, into a folder. Nothing that an archive says is trusted: it gets plain
 * files and folders below that folder and nothing else, of bounded size and number.
 */

import { constants, createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Readable, Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Headers } from "tar-stream";
import { Problem } from "../../../../shared/problem.ts";
import { systemErrorCode, writeProblem } from "../../lib/atomic-file.ts";
import { readProblem } from "../../lib/read-problem.ts";

export interface UnpackRequest {
  /** Path of the archive. */
  archive: string;
  /** An empty folder. After a failure it may hold a part of the archive. */
  folder: string;
  limits: { bytes: number; entries: number };
  signal: AbortSignal;
  /** Bytes of the archive itself that have been read. */
  onProgress: (bytes: number) => void;
}

const GZIP_MAGIC = "1f8b";
const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 255;
/** A name and what else is said of an entry before it; the reader holds it in memory. A real archive has some hundred bytes. */
const MAX_HEADER_BYTES = 1 << 20;

/**
 * Throws file.not-found, file.unreadable, archive.damaged, archive.unsafe, archive.too-large, disk.full, disk.write-failed
 * and the signal's reason.
 */
export async function unpackTar(wish: UnpackRequest): Promise<void> {
  const { archive, limits, signal, onProgress } = wish;
  const name = basename(archive);
  const isGzip = await beginsLikeGzip(archive);
  const [{ extract }, { createGunzip }] = await Promise.all([import("tar-stream"), import("node:zlib")]);
  const unpacking = extract();
  const headers = new HeaderBound(name);
  const place = new Placement(wish, name, headers);
  let placing = Promise.resolve();
  unpacking.on("entry", (header, entry, next) => {
    // An entry that is refused fails together with the archive, which is listened to.
    entry.on("error", () => {});
    headers.reset();
    placing = place.put(header, entry);
    placing.then(() => next(), next);
  });
  const read = counted(onProgress);
  const unpacked = bounded(limits.bytes, name, headers);
  try {
    const source = createReadStream(archive);
    if (isGzip) await pipeline(source, read, createGunzip(), unpacked, unpacking, { signal });
    else await pipeline(source, read, unpacked, unpacking, { signal });
    await placing;
  } catch (error) {
    // Nobody writes any more when this returns; and where writing failed, that is why the reading did.
    const reason = await placing.then(
      () => error,
      (cause: unknown) => cause,
    );
    signal.throwIfAborted();
    throw unpackProblem(reason, name, wish.folder);
  }
}

/** Throws file.not-found, file.unreadable, file.unsupported or file.empty for what can't be an archive. */
export async function beginsLikeGzip(path: string): Promise<boolean> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    throw readProblem(error, path);
  });
  const stat = await file.stat();
  if (!stat.isFile())
    throw new Problem("file.unsupported", `${path} is not a file`, { hint: "Choose a file ending in .tar.gz." });
  if (stat.size === 0) throw new Problem("file.empty", `${basename(path)} is empty`, { hint: "Download it again." });
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return buffer.toString("hex", 0, bytesRead) === GZIP_MAGIC;
}

/** What came since there was an entry, or a piece of one, is headers and padding. */
class HeaderBound {
  readonly #archive: string;
  #bytes = 0;

  constructor(archive: string) {
    this.#archive = archive;
  }

  /** Throws archive.too-large. */
  take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_HEADER_BYTES) throw tooLarge(this.#archive);
  }

  reset(): void {
    this.#bytes = 0;
  }
}

/** Puts entries into the folder, one after the other. */
class Placement {
  readonly #folder: string;
  readonly #limits: UnpackRequest["limits"];
  readonly #archive: string;
  readonly #headers: HeaderBound;
  #entries = 0;

  constructor({ folder, limits }: UnpackRequest, archive: string, headers: HeaderBound) {
    this.#folder = folder;
    this.#limits = limits;
    this.#archive = archive;
    this.#headers = headers;
  }

  async put({ name, type, size = 0, mode = 0 }: Headers, entry: Readable): Promise<void> {
    if (++this.#entries > this.#limits.entries || size > this.#limits.bytes) throw tooLarge(this.#archive);
    if (!Number.isSafeInteger(size) || size < 0) throw damaged(this.#archive, "an entry has an invalid size");
    const path = this.#pathOf(name);
    switch (type) {
      case "directory":
        await mkdir(path, { recursive: true });
        entry.resume();
        return;
      case "file":
      case "contiguous-file":
        if (path === this.#folder) throw unsafe(this.#archive, "a file has no name");
        await this.#write(path, entry, (mode & 0o111) === 0 ? 0o644 : 0o755);
        return;
      default:
        throw unsafe(
          this.#archive,
          `“${name}” is ${type === "link" || type === "symlink" ? "a link" : "not a regular file"}`,
        );
    }
  }

  /** Below the folder, whatever the name says. */
  #pathOf(name: string): string {
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    const leaves = name.startsWith("/") || parts.includes("..") || name.includes("\0");
    if (leaves) throw unsafe(this.#archive, `“${name}” would leave its folder`);
    if (parts.length > MAX_DEPTH || parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES))
      throw unsafe(this.#archive, "a name in it is too long");
    return join(this.#folder, ...parts);
  }

  async #write(path: string, entry: Readable, mode: number): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    // Nothing is ever replaced: a name that comes twice is an error.
    await using file = await open(path, "wx", mode);
    for await (const piece of entry) {
      this.#headers.reset();
      await file.appendFile(piece);
    }
    await file.sync();
  }
}

function counted(onBytes: (bytes: number) => void): Transform {
  return new Transform({
    transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      onBytes(piece.length);
      done(undefined, piece);
    },
  });
}

/** Few bytes may unpack to very many. */
function bounded(limitBytes: number, archive: string, headers: HeaderBound): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      bytes += piece.length;
      try {
        if (bytes > limitBytes) throw tooLarge(archive);
        headers.take(piece.length);
        done(undefined, piece);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** Two entries that want the same name. */
const clashes = ["EEXIST", "EISDIR", "ENOTDIR"];

function unpackProblem(error: unknown, archive: string, folder: string): unknown {
  if (error instanceof Problem) return error;
  const code = systemErrorCode(error) ?? "";
  if (clashes.includes(code)) return damaged(archive, "a name occurs twice in it", error);
  const problem = writeProblem(error, folder);
  if (problem instanceof Problem) return problem;
  // What is left are the complaints of zlib and of the tar reader.
  return damaged(archive, error instanceof Error ? error.message : String(error), error);
}

function damaged(archive: string, what: string, cause?: unknown): Problem {
  return new Problem("archive.damaged", `${archive} can't be unpacked: not a tar archive, or damaged`, {
    hint: "Download it again.",
    details: what,
    cause,
  });
}

function unsafe(archive: string, what: string): Problem {
  return new Problem("archive.unsafe", `${archive} was not unpacked: ${what.slice(0, 300)}`, {
    hint: "A kernel release contains only regular files. Check where the archive comes from.",
  });
}

function tooLarge(archive: string): Problem {
  return new Problem("archive.too-large", `${archive} was not unpacked: it is larger than the limit`, {
    hint: "Check where it comes from.",
  });
}
