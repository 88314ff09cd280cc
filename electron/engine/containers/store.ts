/**
 * Container images on this machine: pulled and unpacked once, by digest. `roots/HEX/rootfs` is the file system of one,
 * `roots/HEX/image.json` what it says of its process; a folder there is whole or not there. `blobs/` keeps what a registry
 * sent, so that images share their layers.
 */

import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { ContainerImage } from "../../../shared/contract/containers.ts";
import { Problem } from "../../../shared/problem.ts";
import { damaged, ImageConfig } from "../formats/oci/documents.ts";
import { LayerFolder } from "../formats/oci/layer.ts";
import { DigestedStream, openStored } from "../formats/oci/stored.ts";
import { syncFolder, systemErrorCode, writeFileAtomically, writeProblem } from "../lib/atomic-file.ts";
import { refuseIfFull } from "../lib/free-space.ts";
import { readRegular } from "../lib/open-regular.ts";
import { cleanWorkFolders, inWorkFolder } from "../lib/work-folder.ts";
import type { TaskControl } from "../tasks/task-list.ts";
import { openArchive, openLayout } from "./layout.ts";
import { baseNameOf, formatReference, parseReference, type Reference } from "./reference.ts";
import { openRegistry } from "./registry.ts";
import { trimBlobs } from "./registry-blobs.ts";
import type { ContainerSource } from "./source.ts";

/** Of all layers of one image, unpacked. */
const LIMITS = { bytes: 64 * 2 ** 30, entries: 2_000_000 };
const MAX_RECORD_BYTES = 8 << 20;

const Record = z.object({
  version: z.literal(1),
  reference: z.string(),
  name: z.string(),
  pulledAt: z.iso.datetime(),
  sizeBytes: z.number(),
  notes: z.array(z.string()),
  image: ImageConfig,
});
export type ContainerRecord = z.infer<typeof Record>;

export interface PullRequest {
  reference: string;
  /** `amd64`, `arm64`. */
  architecture: string;
}

export class ContainerStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get #roots(): string {
    return join(this.#folder, "roots");
  }

  get #staging(): string {
    return join(this.#folder, "staging");
  }

  /** Removes what pulls that died have left. */
  async clean(): Promise<void> {
    await cleanWorkFolders(this.#staging);
  }

  /** The folder that is the root of an image's file system. */
  rootOf(id: string): string {
    return join(this.#roots, hexOf(id), "rootfs");
  }

  /** Pulls and unpacks an image, or finds it unpacked; gives its id. Throws container.*, registry.*, download.*, disk.*, file.*. */
  async pull({ reference: text, architecture }: PullRequest, control: TaskControl): Promise<string> {
    const reference = parseReference(text);
    const name = formatReference(reference);
    return await inWorkFolder(this.#staging, "pull", async (folder) => {
      control.phase("Reading the image");
      const source = await this.#open(reference, { name, architecture, folder, control });
      if (source.config.rootfs.diff_ids.length !== source.layers.length)
        throw damaged(name, "its configuration and its manifest do not have the same layers");
      if (await this.#touch(source.id)) return source.id;
      const root = join(folder, "root");
      await mkdir(join(root, "rootfs"), { recursive: true, mode: 0o700 });
      const notes = await this.#unpack(source, join(root, "rootfs"), { name, control });
      const record: ContainerRecord = {
        version: 1,
        reference: text,
        name: baseNameOf(reference),
        pulledAt: new Date().toISOString(),
        sizeBytes: source.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        notes,
        image: source.config,
      };
      await writeFileAtomically(join(root, "image.json"), JSON.stringify(record));
      await this.#publish(root, source.id);
      await trimBlobs(join(this.#folder, "blobs"));
      return source.id;
    });
  }

  #open(
    reference: Reference,
    {
      name,
      architecture,
      folder,
      control,
    }: { name: string; architecture: string; folder: string; control: TaskControl },
  ): Promise<ContainerSource> {
    const progress = { signal: control.signal, onProgress: control.advance, note: control.note };
    switch (reference.kind) {
      case "layout":
        return openLayout(reference.path, { name, tag: reference.tag, architecture });
      case "archive":
        return openArchive(
          reference.path,
          join(folder, "archive"),
          { name, tag: reference.tag, architecture },
          { ...progress, limitBytes: LIMITS.bytes },
        );
      case "registry":
        return openRegistry(reference, { name, architecture, blobs: join(this.#folder, "blobs"), ...progress });
    }
  }

  /** Fetches each layer and applies it; what was left out, in sentences. */
  async #unpack(
    { layers, config }: ContainerSource,
    root: string,
    { name, control }: { name: string; control: TaskControl },
  ): Promise<string[]> {
    const { signal } = control;
    const unpacked = new LayerFolder(root, name, LIMITS);
    const totalBytes = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await refuseIfFull(root, totalBytes);
    for (const [index, layer] of layers.entries()) {
      const diffId = config.rootfs.diff_ids[index] ?? "";
      control.phase(`Fetching layer ${index + 1} of ${layers.length}`, layer.sizeBytes, "bytes");
      const path = await layer.fetch({ signal, onProgress: control.advance, note: control.note });
      control.phase(`Unpacking layer ${index + 1} of ${layers.length}`, (await stat(path)).size, "bytes");
      const stored = await openStored(path, { name, onProgress: control.advance });
      const digested = new DigestedStream();
      // The end of an archive is not the end of its layer: the digest counts what comes behind it, too.
      await Promise.all([pipeline(stored, digested, { signal }), unpacked.apply(digested, signal)]);
      digested.check(diffId, name);
    }
    await unpacked.finish();
    const { devices, pipes } = unpacked.leftOut;
    const notes: string[] = [];
    if (devices > 0) notes.push(`${devices} device nodes were left out: the kernel makes its own.`);
    if (pipes > 0) notes.push(`${pipes} named pipes were left out.`);
    return notes;
  }

  async #publish(root: string, id: string): Promise<void> {
    const place = join(this.#roots, hexOf(id));
    try {
      await mkdir(this.#roots, { recursive: true, mode: 0o700 });
      await rename(root, place);
      await syncFolder(this.#roots);
    } catch (error) {
      // Another pull of the same image was faster. What it made is the same.
      if (["EEXIST", "ENOTEMPTY"].includes(systemErrorCode(error) ?? "") && (await this.#read(id))) return;
      throw writeProblem(error, place);
    }
  }

  /** Whether the image is unpacked already. Its time says when it was used last. */
  async #touch(id: string): Promise<boolean> {
    if (!(await this.#read(id))) {
      await rm(join(this.#roots, hexOf(id)), { recursive: true, force: true });
      return false;
    }
    const now = new Date();
    await utimes(join(this.#roots, hexOf(id)), now, now).catch(() => undefined);
    return true;
  }

  async #read(id: string): Promise<ContainerRecord | undefined> {
    try {
      const text = await readRegular(join(this.#roots, hexOf(id), "image.json"), MAX_RECORD_BYTES);
      return Record.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }

  /** Throws container.not-found. */
  async get(id: string): Promise<ContainerRecord> {
    const record = /^sha256:[0-9a-f]{64}$/.test(id) ? await this.#read(id) : undefined;
    if (record) return record;
    throw new Problem("container.not-found", `There is no container image ${id.slice(0, 100)} here`, {
      hint: "Pull it first.",
    });
  }

  async list(): Promise<ContainerImage[]> {
    const names = await readdir(this.#roots).catch(() => []);
    const found = await Promise.all(
      names.map(async (hex) => {
        const record = await this.#read(`sha256:${hex}`);
        return record ? [described(`sha256:${hex}`, record)] : [];
      }),
    );
    return found.flat().sort((a, b) => a.pulledAt.localeCompare(b.pulledAt));
  }

  /** Removes an unpacked image. Throws container.not-found. */
  async remove(id: string): Promise<void> {
    await this.get(id);
    await rm(join(this.#roots, hexOf(id)), { recursive: true, force: true });
  }
}

const hexOf = (id: string) => id.slice("sha256:".length);

function described(id: string, { reference, name, pulledAt, sizeBytes, image }: ContainerRecord): ContainerImage {
  return { id, reference, name, pulledAt, sizeBytes, architecture: image.architecture };
}
