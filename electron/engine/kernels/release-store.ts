/**
 * Brings releases to this machine and takes them away: downloads, archives from the disk, removal, the choice of the default.
 * They stand where OPS keeps its own (docs/formats.md, "OPS home"), so each of the two has the other's.
 */

import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import type { KernelCatalogue } from "../../../shared/contract/kernels.ts";
import type { Task } from "../../../shared/contract/tasks.ts";
import { Problem } from "../../../shared/problem.ts";
import { discardDownload, download, type Patience } from "../downloads/download.ts";
import { beginsLikeGzip } from "../formats/tar/unpack-tar.ts";
import { writeProblem } from "../lib/atomic-file.ts";
import type { EventHub } from "../lib/event-hub.ts";
import { sha256Of } from "../lib/file-digest.ts";
import type { Homes } from "../lib/homes.ts";
import { inWorkFolder } from "../lib/work-folder.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import type { TaskControl, TaskList, Worker } from "../tasks/task-list.ts";
import { fetchNewest, readCatalogue } from "./catalogue.ts";
import { moveIfThere, noteNewest, putInPlace, unpackRelease } from "./put-release.ts";
import { BUNDLED_ID, parseReleaseId, type ReleaseName, releaseIdOfArchive, releaseUrl } from "./release-id.ts";
import { type FirstDownload, ReleaseRecords } from "./release-records.ts";
import { KERNEL_FILE, type KernelReleases } from "./releases.ts";

/** An archive of a release has some MB. */
const MAX_ARCHIVE_BYTES = 256 << 20;
/** What nobody has gone on with for so long is given up. */
const KEEP_PARTIAL_MS = 7 * 24 * 3600 * 1000;
/** Asks for the newest version. */
const LATEST = "latest";

interface Context {
  homes: Pick<Homes, "ops" | "opsStaging" | "downloads" | "uploads" | "releaseRecords">;
  kernels: KernelReleases;
  tasks: TaskList;
  settings: Pick<SettingsFile, "get" | "change">;
  events: EventHub;
  patience?: Partial<Patience>;
}

/** What a task was asked for: enough to begin it again. */
export const KernelDownload = z.object({ kernel: z.string() });
export const KernelImport = z.object({ kernel: z.string(), path: z.string() });

interface Archive {
  path: string;
  sha256: string;
  /** Address or path, for people to read. */
  from: string;
}

export class ReleaseStore {
  readonly #context: Context;
  readonly #records: ReleaseRecords;

  constructor(context: Context) {
    this.#context = context;
    this.#records = new ReleaseRecords(context.homes.releaseRecords);
  }

  /** What may be downloaded. Without a network the answer says so. */
  available(): Promise<KernelCatalogue> {
    return readCatalogue(this.#address, this.#context.kernels, this.#records);
  }

  /**
   * Starts to download a release, `latest` for the newest; the task that already does it where there is one. Throws
   * args.invalid, kernel.exists, and download.* where the newest version has to be asked for.
   */
  async download(version: string): Promise<Task> {
    const id = version === LATEST ? await fetchNewest(this.#address) : version;
    const name = nameOf(id);
    if (!name.isNightly) await this.#refuseIfInstalled(id);
    const running = this.#taskOf(id);
    if (running?.kind === "download") return running;
    const asked = { kernel: id };
    return this.#start("download", `Download Nanos ${id}`, id, this.downloading(asked), asked);
  }

  /**
   * Starts to install a release from an archive. Its id is told by the archive's name unless given. Throws args.invalid,
   * kernel.exists, engine.busy.
   */
  async import(path: string, version?: string): Promise<Task> {
    const id = version ?? releaseIdOfArchive(basename(path));
    if (id === undefined)
      throw new Problem("args.invalid", `The name of ${basename(path)} does not contain a version`, {
        hint: "Give its version (--as 0.1.54).",
      });
    nameOf(id);
    await beginsLikeGzip(path);
    await this.#refuseIfInstalled(id);
    const asked = { kernel: id, path };
    return this.#start("import", `Import kernel release ${id}`, id, this.importing(asked), asked);
  }

  /** Does what a task was asked for. */
  importing({ kernel: id, path }: z.infer<typeof KernelImport>): Worker {
    return async (control) => {
      control.phase("Reading");
      const archive = { path, sha256: await sha256Of(path, control.signal), from: this.#origin(path) };
      const known = (await this.#records.read()).downloads[id];
      if (known && known.sha256 !== archive.sha256)
        control.note(`This archive differs from the one that was downloaded on ${known.at.slice(0, 10)}`);
      await this.#install(id, archive, undefined, control);
      return { kernel: id };
    };
  }

  /** Does what a task was asked for. */
  downloading({ kernel: id }: z.infer<typeof KernelDownload>): Worker {
    return (control) => this.#download(id, nameOf(id), control);
  }

  /** Deletes an installed release; images have their own copy of it. Throws args.invalid, kernel.not-found, engine.busy. */
  async remove(id: string): Promise<void> {
    if (id === BUNDLED_ID)
      throw new Problem("args.invalid", "Pith is part of Unideck and cannot be deleted", {
        hint: "Name an installed release.",
      });
    nameOf(id);
    this.#refuseIfBusy(id);
    const { homes, settings } = this.#context;
    const place = join(homes.ops, id);
    const wasThere = await inWorkFolder(homes.opsStaging, "kernel", (folder) =>
      moveIfThere(place, join(folder, "removed")).catch((error) => {
        throw writeProblem(error, place);
      }),
    );
    if (!wasThere) throw new Problem("kernel.not-found", `The kernel release ${id} is not installed`);
    if (settings.get().kernels.default === id) await settings.change({ kernels: { default: BUNDLED_ID } });
    await this.#tell();
  }

  /** Makes a release the one for images that name none. Throws what KernelReleases.resolve does, and settings.invalid. */
  async setDefault(id: string): Promise<void> {
    const release = await this.#context.kernels.resolve(id);
    await this.#context.settings.change({ kernels: { default: release.id } });
  }

  /** Removes partial downloads that nobody went on with. */
  async clean(now = Date.now()): Promise<void> {
    const { downloads } = this.#context.homes;
    for (const name of await readdir(downloads).catch(() => [])) {
      const path = join(downloads, name);
      const modifiedMs = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => now,
      );
      if (now - modifiedMs > KEEP_PARTIAL_MS) await rm(path, { force: true });
    }
  }

  async #download(id: string, name: ReleaseName, control: TaskControl) {
    const path = join(this.#context.homes.downloads, `${id}.tar.gz`);
    const url = releaseUrl(this.#address, name, process.platform);
    try {
      const { sha256, sizeBytes } = await download({
        url,
        path,
        maxBytes: MAX_ARCHIVE_BYTES,
        signal: control.signal,
        onStart: (have, total) => {
          control.phase("Downloading", total, "bytes");
          control.advance(have);
        },
        onProgress: control.advance,
        note: control.note,
        patience: this.#context.patience,
      });
      const first = (await this.#records.read()).downloads[id];
      // A nightly is another one every night.
      if (first && !name.isNightly && first.sha256 !== sha256) throw changedProblem(id, sha256, first);
      const noted = first ? undefined : { sha256, sizeBytes, url, at: new Date().toISOString() };
      await this.#install(id, { path, sha256, from: url }, noted, control);
      control.note(`SHA-256 ${sha256}`);
    } catch (error) {
      // Only what a later attempt can go on with is kept.
      if (!isTransient(error)) await discardDownload(path);
      throw error;
    }
    await discardDownload(path);
    return { kernel: id };
  }

  /** Unpacks the archive, looks at what is in it, remembers where it came from, and moves it to its place. */
  async #install(id: string, archive: Archive, first: FirstDownload | undefined, control: TaskControl): Promise<void> {
    const { homes, kernels } = this.#context;
    await inWorkFolder(homes.opsStaging, "kernel", async (workFolder) => {
      const folder = await unpackRelease(archive.path, id, workFolder, kernels, control);
      const { mtimeMs } = await stat(join(folder, KERNEL_FILE));
      if (first) await this.#records.rememberDownload(id, first);
      const { sha256, from } = archive;
      await this.#records.rememberInstalled(id, { sha256, from, kernelModifiedMs: mtimeMs });
      control.signal.throwIfAborted();
      control.phase("Installing");
      await putInPlace(folder, homes.ops, id, workFolder);
    });
    await noteNewest(homes, id);
    await this.#tell();
  }

  #start(kind: "download" | "import", title: string, id: string, worker: Worker, input: object): Task {
    this.#refuseIfBusy(id);
    return this.#context.tasks.start(kind, title, worker, { subject: subjectOf(id), input });
  }

  /** What a browser handed over has a path that says nothing to anybody. */
  #origin(path: string): string {
    return path.startsWith(this.#context.homes.uploads) ? basename(path) : path;
  }

  #taskOf(id: string): Task | undefined {
    const isIt = ({ state, subject }: Task) => state === "running" && subject === subjectOf(id);
    return this.#context.tasks.list().find(isIt);
  }

  #refuseIfBusy(id: string): void {
    const task = this.#taskOf(id);
    if (task)
      throw new Problem("engine.busy", `“${task.title}” is still running`, { hint: "Wait for it, or cancel it." });
  }

  async #refuseIfInstalled(id: string): Promise<void> {
    const releases = await this.#context.kernels.list();
    if (releases.some((release) => release.id === id))
      throw new Problem("kernel.exists", `The kernel release ${id} is installed already`, {
        hint: `To download it again, delete it first: unideck kernels rm ${id}`,
      });
  }

  async #tell(): Promise<void> {
    this.#context.events.publish({ kernels: await this.#context.kernels.list() });
  }

  get #address(): string {
    return this.#context.settings.get().kernels.releaseAddress;
  }
}

const subjectOf = (id: string) => `kernel:${id}`;

function nameOf(id: string): ReleaseName {
  const name = parseReleaseId(id);
  if (name) return name;
  throw new Problem("args.invalid", `“${id.slice(0, 100)}” is not a kernel release version`, {
    hint: "A version looks like 0.1.54, or is “nightly” or “latest”; “-arm” at its end is for arm64.",
  });
}

function isTransient(error: unknown): boolean {
  return error instanceof Problem && ["download.failed", "download.unreachable"].includes(error.code);
}

function changedProblem(id: string, sha256: string, first: FirstDownload): Problem {
  return new Problem("download.changed", `Nanos ${id} differs from its first download`, {
    hint: "Nothing was installed. Verify its source; an archive that you trust can be imported.",
    details: `first, on ${first.at.slice(0, 10)}: SHA-256 ${first.sha256}\nnow: SHA-256 ${sha256}`,
  });
}
