/**
 * The images of the host: a live list of the files in the image folder. The folder is the truth;
 * what is kept in memory only saves reading files again that have not changed.
 */

import { type Dirent, type FSWatcher, type Stats, watch } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BuildRecord, Image } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { syncFolder, systemErrorCode, writeProblem } from "../lib/atomic-file.ts";
import type { EventHub } from "../lib/event-hub.ts";
import type { Homes } from "../lib/homes.ts";
import { compareNaturally } from "../lib/natural-order.ts";
import { type Known, readKnown, writeKnown } from "./facts-cache.ts";
import { type ImageFacts, readImageFacts } from "./image-facts.ts";
import { describes, readRecord, removeRecord } from "./records.ts";

/** A burst of changes in the folder is answered once. */
const SETTLE_MS = 100;
/** Programs are looked at this often, and the folder too where the system can't watch it. */
const POLL_MS = 5000;
/** Images that are read side by side. */
const READERS = 4;

type Contents = Known["contents"];

export class ImageStore {
  readonly #homes: Pick<Homes, "images" | "imageRecords">;
  readonly #events: EventHub;
  /** What was read of each image, by its name; of an engine before us too, once the list has been looked at. */
  #known: Map<string, Known> | undefined;
  /** Something was read that the cache does not have. */
  #isNews = false;
  #saving: Promise<void> | undefined;
  #listed = new Map<string, Image>();
  /** The refresh that is under way, and the one that has been asked for meanwhile. */
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(homes: Pick<Homes, "images" | "imageRecords">, events: EventHub) {
    this.#homes = homes;
    this.#events = events;
  }

  /** All images, by name. */
  async list(): Promise<Image[]> {
    await this.refresh();
    return [...this.#listed.values()];
  }

  /** Throws image.not-found. */
  async get(name: string): Promise<Image> {
    const image = await this.#find(name);
    if (image) return image;
    throw new Problem("image.not-found", `There is no image named “${name}”`, {
      hint: "It may have been deleted. “unideck images ls” lists all images.",
    });
  }

  /** Where nobody has looked at the list, the others are not read for the one. */
  async #find(name: string): Promise<Image | undefined> {
    const image = !this.#poll && isListed(name) && basename(name) === name ? await this.#describe(name) : undefined;
    if (image) return image;
    await this.refresh();
    return this.#listed.get(name);
  }

  /** Deletes an image and the record of its build. Throws image.not-found, image.in-use, disk.write-failed. */
  async remove(name: string, { force, isInUse }: { force: boolean; isInUse: boolean }): Promise<void> {
    const { path } = await this.get(name);
    if (isInUse && !force)
      throw new Problem("image.in-use", `An instance of “${name}” is running`, {
        hint: "Stop it first, or use --force. The instance keeps its own disk and continues to run.",
      });
    try {
      await rm(path);
      await removeRecord(this.#homes, name);
      await syncFolder(this.#homes.images);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw writeProblem(error, path);
    }
    await this.refresh();
  }

  /** Looks at the folder, and publishes what has changed since the last time. The first call also begins to watch it. */
  async refresh(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#refreshOnce().finally(() => {
        this.#running = undefined;
      });
      return await this.#running;
    }
    // What runs may have passed the change that this call is about.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return await this.#next;
  }

  /** The same, where somebody has looked at the list: else there is none to be kept in step. */
  async refreshIfKnown(): Promise<void> {
    if (this.#poll) await this.refresh();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    await this.#running?.catch(() => {});
    await this.#saving;
  }

  async #refreshOnce(): Promise<void> {
    await this.#beginToWatch();
    const names = await listFiles(this.#homes.images);
    this.#known ??= await readKnown(this.#homes);
    const known = this.#known;
    const images = new Map<string, Image>();
    const queue = names.values();
    const reader = async () => {
      for (const name of queue) {
        const image = await this.#describe(name);
        if (image) images.set(name, image);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    for (const name of known.keys()) if (!images.has(name)) this.#isNews = known.delete(name);
    if (this.#isNews) this.#saving = writeKnown(this.#homes, known);
    this.#isNews = false;
    this.#publish(new Map(names.flatMap((name) => images.get(name) ?? []).map((image) => [image.name, image])));
  }

  #publish(images: Map<string, Image>): void {
    const before = this.#listed;
    this.#listed = images;
    const upsert = [...images.values()].filter((image) => !isSame(image, before.get(image.name)));
    const remove = [...before.keys()].filter((name) => !images.has(name));
    if (upsert.length > 0 || remove.length > 0) this.#events.publish({ images: { upsert, remove } });
  }

  /** Undefined for what is gone meanwhile, and for what is no file. */
  async #describe(name: string): Promise<Image | undefined> {
    const path = join(this.#homes.images, name);
    const file = await stat(path).catch(() => undefined);
    if (!file?.isFile()) return undefined;
    const contents = await this.#read(name, path, file);
    const facts = "facts" in contents ? contents.facts : undefined;
    const build = facts && (await this.#recordOf(name, file, facts));
    return imageOf(name, path, file, contents, build);
  }

  /** An image file anywhere, by its absolute path, which is its name too. Throws image.not-found. */
  async describeFile(path: string): Promise<Image> {
    const file = await stat(path).catch(() => undefined);
    if (!file?.isFile())
      throw new Problem("image.not-found", `There is no image at ${path}`, {
        hint: "Check the path, or build the image again.",
      });
    return imageOf(path, path, file, await readContents(path), undefined);
  }

  async #read(name: string, path: string, file: Stats): Promise<Contents> {
    const known = this.#known?.get(name);
    const { mtimeMs, ctimeMs, size: sizeBytes, ino: inode } = file;
    const isSame = known?.mtimeMs === mtimeMs && known.ctimeMs === ctimeMs;
    if (isSame && known.sizeBytes === sizeBytes && known.inode === inode) return known.contents;
    const contents = await readContents(path);
    this.#known?.set(name, { mtimeMs, ctimeMs, sizeBytes, inode, contents });
    this.#isNews = true;
    return contents;
  }

  async #recordOf(name: string, file: Stats, facts: ImageFacts): Promise<BuildRecord | undefined> {
    const record = await readRecord(this.#homes, name);
    return record && describes(record, { sizeBytes: file.size, uuid: facts.uuid }) ? record : undefined;
  }

  async #beginToWatch(): Promise<void> {
    if (this.#closed || this.#poll) return;
    // A folder can only be watched, and OPS only lists it, when it is there.
    await mkdir(this.#homes.images, { recursive: true, mode: 0o755 }).catch(() => {});
    this.#poll = setInterval(() => void this.#refreshQuietly(), POLL_MS).unref();
    try {
      this.#watcher = watch(this.#homes.images, { persistent: false }, () => this.#refreshSoon());
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // The poll does it alone.
    }
  }

  #refreshSoon(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => void this.#refreshQuietly(), SETTLE_MS).unref();
  }

  /** A folder that can't be read at the moment is looked at again: nobody waits for the answer. */
  async #refreshQuietly(): Promise<void> {
    if (!this.#closed) await this.refresh().catch(() => {});
  }
}

async function readContents(path: string): Promise<Contents> {
  return readImageFacts(path).then(
    (facts) => ({ facts }),
    (error) => {
      if (error instanceof Problem) return { damage: error.message };
      throw error;
    },
  );
}

async function imageOf(
  name: string,
  path: string,
  file: Stats,
  contents: Contents,
  build: BuildRecord | undefined,
): Promise<Image> {
  const facts = "facts" in contents ? contents.facts : undefined;
  return {
    name,
    path,
    sizeBytes: file.size,
    diskBytes: file.blocks * 512,
    createdAt: file.mtime.toISOString(),
    architecture: facts?.architecture ?? "unknown",
    kernel: facts?.kernel ?? { kind: "unknown" },
    ...(facts?.program !== undefined && { program: facts.program }),
    arguments: facts?.arguments ?? [],
    environment: facts?.environment ?? {},
    ...(build && { build }),
    programState: build ? await stateOf(build.program) : "unknown",
    ...("damage" in contents && { damage: contents.damage }),
  };
}

/** Names of the files in the image folder; what is being written elsewhere never shows here. Throws file.unreadable. */
async function listFiles(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw new Problem("file.unreadable", `The image folder ${folder} can't be read`, {
      hint: "Check its permissions.",
      details: String(error),
      cause: error,
    });
  }
  return entries
    .filter((entry) => !entry.isDirectory() && isListed(entry.name))
    .map(({ name }) => name)
    .sort(compareNaturally);
}

const isListed = (name: string) => !name.startsWith(".");

/** Whether the program at `path` is still the one that the image was built from. */
async function stateOf(program: BuildRecord["program"]): Promise<Image["programState"]> {
  try {
    const { size, mtime } = await stat(program.path);
    return size === program.sizeBytes && mtime.toISOString() === program.modifiedAt ? "same" : "changed";
  } catch (error) {
    const code = systemErrorCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? "gone" : "unknown";
  }
}

function isSame(image: Image, before: Image | undefined): boolean {
  return before !== undefined && JSON.stringify(image) === JSON.stringify(before);
}
