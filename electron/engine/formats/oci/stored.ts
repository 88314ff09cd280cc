/** Layers as they are stored: compressed with gzip or zstd, or not at all. */

import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { PassThrough, type Readable, Transform, type TransformCallback } from "node:stream";
import * as zlib from "node:zlib";
import { Problem } from "../../../../shared/problem.ts";
import { createHash } from "../../lib/crypto.ts";
import { openRegular } from "../../lib/open-regular.ts";
import { readProblem } from "../../lib/read-problem.ts";
import { damaged } from "./documents.ts";

interface StoredOptions {
  /** The image's name, for messages. */
  name: string;
  /** Bytes of the file that were read. */
  onProgress?: ((bytes: number) => void) | undefined;
}

/** The contents of the file at `path`, decompressed. Throws file.*, and container.unsupported where this Node has no zstd. */
export async function openStored(path: string, { name, onProgress }: StoredOptions): Promise<Readable> {
  const magic = await magicOf(path);
  const stored = createReadStream(path, { highWaterMark: 1 << 18 });
  if (onProgress) stored.on("data", (piece) => onProgress(piece.length));
  const inflating = decompressorFor(magic, name);
  // An error on either side ends the other: the reader of the last sees it.
  stored.on("error", (error) => inflating.destroy(error));
  inflating.on("close", () => stored.destroy());
  inflating.on("error", () => stored.destroy());
  return stored.pipe(inflating);
}

async function magicOf(path: string): Promise<string> {
  try {
    const file = await openRegular(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.toString("hex", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof Problem ? error : readProblem(error, path);
  }
}

function decompressorFor(magic: string, name: string): Transform {
  // RFC 1952, 2.3.1 and RFC 8878, 3.1.1.
  if (magic.startsWith("1f8b")) return zlib.createGunzip();
  if (magic !== "28b52ffd") return new PassThrough();
  if (typeof zlib.createZstdDecompress === "function") return zlib.createZstdDecompress();
  throw new Problem("container.unsupported", `${name} has layers in zstd, which this Node cannot read`, {
    hint: "Use Node 22.15 or newer, or compress the layers with gzip.",
  });
}

/** Passes bytes on and computes their digest. */
export class DigestedStream extends Transform {
  readonly #hash: Hash = createHash("sha256");

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(piece);
    done(undefined, piece);
  }

  /** Throws container.damaged where what came is not what `digest` stands for. Only at the end, once. */
  check(digest: string, name: string): void {
    const found = `sha256:${this.#hash.digest("hex")}`;
    if (found !== digest) throw damaged(name, `the contents of a layer are ${found} and should be ${digest}`);
  }
}
