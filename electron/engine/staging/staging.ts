/**
 * Staging: files that a browser hands over piece by piece become files with a path, `uploads/ID/NAME`.
 *
 * A piece is accepted only where the last one ended, so a repeated or lost piece is noticed. What an image was built from
 * is kept while its record refers to it; everything else goes after a day, and half a file when the engine starts.
 */

import type { Hash } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode, writeProblem } from "../lib/atomic-file.ts";
import { createHash, randomUUID } from "../lib/crypto.ts";
import { refuseIfFull } from "../lib/free-space.ts";
import type { Homes } from "../lib/homes.ts";
import { readRegular } from "../lib/open-regular.ts";

const MAX_IMAGE_RECORD_BYTES = 4 << 20;
/** The name of a file that is still being received. */
const PARTIAL = ".partial";
const KEEP_UNUSED_MS = 24 * 3600 * 1000;
/** A hand-over that got nothing for so long is given up. */
const IDLE_MS = 3600 * 1000;
const MAX_OPEN_UPLOADS = 10_000;

interface Upload {
  folder: string;
  /** Path below `folder` of the finished file. */
  target: string;
  sizeBytes: number;
  receivedBytes: number;
  hash: Hash;
  touchedAt: number;
  /** The steps of one upload are taken one after the other. */
  busy: Promise<unknown>;
}

export interface StagedFile {
  path: string;
  sha256: string;
  sizeBytes: number;
}

export class Staging {
  readonly #homes: Pick<Homes, "uploads" | "imageRecords">;
  readonly #limitBytes: () => number;
  readonly #uploads = new Map<string, Upload>();

  /** `limitBytes` is asked anew for each upload: it is a setting. */
  constructor(homes: Pick<Homes, "uploads" | "imageRecords">, limitBytes: () => number) {
    this.#homes = homes;
    this.#limitBytes = limitBytes;
  }

  /** Throws staging.too-large, args.invalid, disk.full. */
  async begin(wish: {
    fileName: string;
    sizeBytes: number;
    relativePath?: string | undefined;
  }): Promise<{ id: string }> {
    await this.#giveUpIdle();
    const target = safeRelativePath(wish.relativePath ?? wish.fileName);
    const limit = this.#limitBytes();
    if (wish.sizeBytes > limit)
      throw new Problem("staging.too-large", `${wish.fileName} is larger than the ${limit} bytes that are accepted`, {
        hint: "Raise the limit in the settings, or give the file's path on the engine's machine.",
      });
    if (this.#uploads.size >= MAX_OPEN_UPLOADS)
      throw new Problem("args.invalid", "Too many uploads at once", { hint: "Finish some first." });

    const id = randomUUID();
    const folder = join(this.#homes.uploads, id);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await refuseIfFull(folder, wish.sizeBytes);
      await (await open(join(folder, PARTIAL), "wx", 0o600)).close();
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw writeProblem(error, folder);
    }
    this.#uploads.set(id, {
      folder,
      target,
      sizeBytes: wish.sizeBytes,
      receivedBytes: 0,
      hash: createHash("sha256"),
      touchedAt: performance.now(),
      busy: Promise.resolve(),
    });
    return { id };
  }

  /** Adds a piece that begins at `offset`. Throws staging.not-found, staging.out-of-order, staging.too-large, disk.full. */
  append(id: string, offset: number, piece: Uint8Array): Promise<{ receivedBytes: number }> {
    return this.#step(id, async (upload) => {
      if (offset !== upload.receivedBytes) throw outOfOrder(upload, `a piece begins at ${offset}`);
      if (offset + piece.byteLength > upload.sizeBytes)
        throw new Problem("staging.too-large", `More than the announced ${upload.sizeBytes} bytes were uploaded`);
      const path = join(upload.folder, PARTIAL);
      try {
        const file = await open(path, "r+");
        try {
          // At a fixed place, so that a piece that failed half-way is overwritten by its repetition.
          for (let done = 0; done < piece.byteLength; )
            done += (await file.write(piece, done, piece.byteLength - done, offset + done)).bytesWritten;
        } finally {
          await file.close();
        }
      } catch (error) {
        throw writeProblem(error, path);
      }
      upload.hash.update(piece);
      upload.receivedBytes += piece.byteLength;
      return { receivedBytes: upload.receivedBytes };
    });
  }

  /** Ends the hand-over; the file has its name from now on. Throws staging.not-found, staging.out-of-order, disk.full. */
  finish(id: string): Promise<StagedFile> {
    return this.#step(id, async (upload) => {
      if (upload.receivedBytes !== upload.sizeBytes) throw outOfOrder(upload, "it was ended");
      const path = join(upload.folder, upload.target);
      try {
        await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
        // The folder is its owner's alone; in an image the file is one like any other.
        await chmod(join(upload.folder, PARTIAL), 0o644);
        await rename(join(upload.folder, PARTIAL), path);
      } catch (error) {
        throw writeProblem(error, path);
      }
      this.#uploads.delete(id);
      return { path, sha256: upload.hash.digest("hex"), sizeBytes: upload.sizeBytes };
    });
  }

  /** Gives a hand-over up; one that is not there is given up already. */
  async discard(id: string): Promise<void> {
    const upload = this.#uploads.get(id);
    if (!upload) return;
    this.#uploads.delete(id);
    await upload.busy.catch(() => undefined);
    await rm(upload.folder, { recursive: true, force: true });
  }

  /** Removes what nothing refers to: to be called when the engine starts, before any upload begins. */
  async clean(now = Date.now()): Promise<void> {
    const ids = await namesIn(this.#homes.uploads);
    if (ids.length === 0) return;
    const records = await this.#imageRecords();
    for (const id of ids) {
      if (records.some((record) => record.includes(id))) continue;
      const folder = join(this.#homes.uploads, id);
      const { mtimeMs } = await stat(folder);
      const isPartial = (await namesIn(folder)).includes(PARTIAL);
      if (isPartial || now - mtimeMs > KEEP_UNUSED_MS) await rm(folder, { recursive: true, force: true });
    }
  }

  /** The text of every image record. An id is unlike anything else in there, so no record needs to be understood. */
  async #imageRecords(): Promise<string[]> {
    const names = (await namesIn(this.#homes.imageRecords)).filter((name) => name.endsWith(".json"));
    // One that can't be read may be about any upload: then it is as if none were named, and they go in their time.
    const read = (name: string) =>
      readRegular(join(this.#homes.imageRecords, name), MAX_IMAGE_RECORD_BYTES).catch(() => "");
    return Promise.all(names.map(read));
  }

  #step<T>(id: string, work: (upload: Upload) => Promise<T>): Promise<T> {
    const find = () => {
      const upload = this.#uploads.get(id);
      if (!upload)
        throw new Problem("staging.not-found", "There is no such upload", {
          hint: "It may have been cancelled, or the engine was restarted. Start the upload again.",
        });
      upload.touchedAt = performance.now();
      return upload;
    };
    const before = this.#uploads.get(id)?.busy ?? Promise.resolve();
    const result = before.catch(() => undefined).then(() => work(find()));
    const upload = this.#uploads.get(id);
    if (upload) upload.busy = result;
    return result;
  }

  async #giveUpIdle(): Promise<void> {
    const before = performance.now() - IDLE_MS;
    const idle = [...this.#uploads].filter(([, upload]) => upload.touchedAt < before);
    for (const [id] of idle) await this.discard(id);
  }
}

/** Slashes separate; nothing may lead out of the folder or clash with a file in the making. */
function safeRelativePath(path: string): string {
  const segments = path.split("/");
  const isRefused = (segment: string) =>
    ["", ".", "..", PARTIAL].includes(segment) || /[\0\\]/.test(segment) || Buffer.byteLength(segment) > 255;
  if (segments.some(isRefused) || segments.length > 64)
    throw new Problem("args.invalid", `A file can't be named ${JSON.stringify(path.slice(0, 300))}`, {
      hint: "Use a relative path of plain names, separated by slashes.",
    });
  return segments.join("/");
}

function outOfOrder(upload: Upload, what: string): Problem {
  const here = `${upload.receivedBytes} of ${upload.sizeBytes} bytes are here`;
  return new Problem("staging.out-of-order", `${here}, but ${what}`, {
    hint: "Continue after the last accepted piece.",
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") return [];
    throw error;
  }
}
