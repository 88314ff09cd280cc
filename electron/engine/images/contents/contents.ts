/** Looking inside of images, by name or path: what the contract's calls of that name lead to. */

import { setTimeout as sleep } from "node:timers/promises";
import type {
  CopyOrder,
  FilePiece,
  ImageDetails,
  ImageEntry,
  ImageFinding,
  Partition,
  SpacePart,
} from "../../../../shared/contract/image-contents.ts";
import type { BuildRecord } from "../../../../shared/contract/images.ts";
import { Problem } from "../../../../shared/problem.ts";
import { damageProblem, openImageFile } from "../../formats/disk/disk.ts";
import { contentsOf, type TfsVolume, typeOf } from "../../formats/tfs/volume.ts";
import type { TaskControl } from "../../tasks/task-list.ts";
import { makeSbom, type Sbom } from "../sbom/sbom.ts";
import { checkImage } from "./check.ts";
import { bytesOf, copyOut } from "./copy-out.ts";
import { digestOf, readDetails } from "./details.ts";
import { listEntries } from "./entries.ts";
import { type Found, findPath } from "./find.ts";
import { parsePath, showPath } from "./guest-path.ts";
import { type OpenImage, openFileSystem, openImage } from "./open-image.ts";
import { spaceBelow } from "./space.ts";

export interface ResolvedImage {
  name: string;
  path: string;
  build?: BuildRecord | undefined;
}

/** How an image is found by its name or path. Throws image.not-found. */
export type ResolveImage = (nameOrPath: string) => Promise<ResolvedImage>;

/** Where something is looked for. */
interface Place {
  image: string;
  partition: Partition;
  path: string;
}

const TRIES = 5;
const BETWEEN_TRIES_MS = 60;
/** Entries that are sent at once. */
const PORTION = 500;
/** A piece of a file that is sent at once. */
const PIECE_BYTES = 256 * 1024;

export class ImageContents {
  readonly #resolve: ResolveImage;
  readonly #version: string;

  /** `version` is Unideck's own, for what it makes of an image. */
  constructor(resolve: ResolveImage, version: string) {
    this.#resolve = resolve;
    this.#version = version;
  }

  async show(nameOrPath: string, signal?: AbortSignal): Promise<ImageDetails> {
    const { name, path, build } = await this.#resolve(nameOrPath);
    await using image = await openImage(path);
    return { image: name, ...(await undamaged(path, () => readDetails(image, signal))), ...(build && { build }) };
  }

  async digest(nameOrPath: string, signal?: AbortSignal): Promise<{ sha256: string }> {
    const { path } = await this.#resolve(nameOrPath);
    await using file = await openImageFile(path);
    return { sha256: await digestOf(file.source, signal) };
  }

  async check(nameOrPath: string): Promise<ImageFinding[]> {
    const { path } = await this.#resolve(nameOrPath);
    await using file = await openImageFile(path);
    return await checkImage(file.source);
  }

  async sbom(nameOrPath: string): Promise<Sbom> {
    const { name, path, build } = await this.#resolve(nameOrPath);
    await using image = await openImage(path);
    return await undamaged(path, () => makeSbom(image, { name, version: this.#version, build }));
  }

  async *files(place: Place & { recursive: boolean }): AsyncGenerator<ImageEntry[]> {
    await using image = await this.#open(place.image);
    const volume = await this.#fileSystem(image, place);
    let portion: ImageEntry[] = [];
    for (const entry of listEntries(volume, find(volume, place, false), place.recursive)) {
      if (portion.push(entry) < PORTION) continue;
      yield portion;
      portion = [];
    }
    yield portion;
  }

  async space({ parts, ...place }: Place & { parts: number }): Promise<SpacePart[]> {
    await using image = await this.#open(place.image);
    const volume = await this.#fileSystem(image, place);
    return spaceBelow(volume, find(volume, place, true), parts);
  }

  async *read(place: Place & { from: number; lengthBytes?: number | undefined }): AsyncGenerator<FilePiece> {
    await using image = await this.#open(place.image);
    const volume = await this.#fileSystem(image, place);
    const { node, path } = find(volume, place, true);
    const type = typeOf(node);
    if (type === "directory" || node === volume.root)
      throw new Problem("file.is-directory", `${showPath(path)} is a folder`, { hint: "List it, or copy it out." });
    if (type !== "file") throw new Problem("file.unsupported", `${showPath(path)} has no readable contents`);
    const contents = await undamaged(image.path, async () => contentsOf(volume, node));
    const end = Math.min(contents.sizeBytes, place.from + (place.lengthBytes ?? contents.sizeBytes));
    for (let offset = place.from; offset < end; offset += PIECE_BYTES) {
      const bytes = await contents.read(offset, Math.min(PIECE_BYTES, end - offset));
      yield { offset, bytes };
    }
  }

  /** The path of what was copied, or of the first thing of many. */
  async copyOut({ paths, to, force, ...place }: CopyOrder, control: TaskControl): Promise<{ path: string }> {
    if (!to.startsWith("/"))
      throw new Problem("args.invalid", `“${to}” is not an absolute path`, {
        hint: "Give the absolute path of the folder.",
      });
    control.phase("Reading the image");
    await using image = await this.#open(place.image);
    const volume = await this.#fileSystem(image, place);
    const found = paths.map((path) => find(volume, { ...place, path }, false));
    control.phase("Copying", bytesOf(volume, found), "bytes");
    const [path = to] = await copyOut(volume, { found, to, force }, control);
    return { path };
  }

  /** Of a running instance it may be read in the middle of a write; then it is read again. */
  async #fileSystem(image: OpenImage, { image: reference, partition }: Pick<Place, "image" | "partition">) {
    for (let tries = reference.startsWith("instance:") ? TRIES : 1; ; tries--) {
      try {
        return await openFileSystem(image, partition);
      } catch (error) {
        if (tries <= 1 || !(error instanceof Problem && error.code === "image.damaged")) throw error;
        await sleep(BETWEEN_TRIES_MS);
      }
    }
  }

  async #open(nameOrPath: string) {
    return await openImage((await this.#resolve(nameOrPath)).path);
  }
}

/** Throws file.not-found. */
function find(volume: TfsVolume, { image, path }: Pick<Place, "image" | "path">, followsLast: boolean): Found {
  const found = findPath(volume, parsePath(path), followsLast);
  if (found) return found;
  throw new Problem("file.not-found", `There is no ${path} in ${image}`, {
    hint: `“unideck images tree ${image}” lists its files.`,
  });
}

async function undamaged<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw damageProblem(error, path);
  }
}
