/**
 * Kernel releases on the host: the bundled Pith, Nanos releases as OPS keeps them, and any folder of that shape
 * (docs/formats.md, "A kernel release").
 */

import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import { fileSource } from "../formats/byte-source.ts";
import { bootLoaderDamage } from "../formats/disk/partition-table.ts";
import { SECTOR_BYTES } from "../formats/tfs/log.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import type { Homes } from "../lib/homes.ts";
import { openRegular, readRegularBytes } from "../lib/open-regular.ts";
import { identifyKernel, type KernelIdentity } from "./identify.ts";
import { BUNDLED_ID, newestFirst, parseReleaseId } from "./release-id.ts";
import { ReleaseRecords } from "./release-records.ts";

export const KERNEL_FILE = "kernel.img";
export const BOOT_LOADER_FILE = "boot.img";
export const KLIBS_FOLDER = "klibs";

/** A kernel must fit into the boot file system. */
const MAX_KERNEL_BYTES = 12 << 20;
const MAX_BOOT_LOADER_BYTES = 1 << 20;

interface KnownKernel {
  mtimeMs: number;
  sizeBytes: number;
  identity: KernelIdentity;
}

/** What an image takes from a release. */
export interface ReleaseFiles {
  kernel: Buffer;
  bootLoader: Buffer;
  klibs: Map<string, Buffer>;
}

export class KernelReleases {
  readonly #opsHome: string;
  readonly #bundledPithFolder: string;
  readonly #records: ReleaseRecords;
  /** By path of the kernel file: identifying one may mean to read it whole. */
  readonly #known = new Map<string, KnownKernel>();

  constructor(homes: Pick<Homes, "ops" | "releaseRecords">, bundledPithFolder: string) {
    this.#opsHome = homes.ops;
    this.#records = new ReleaseRecords(homes.releaseRecords);
    this.#bundledPithFolder = bundledPithFolder;
  }

  /** Every release that is installed and whole: Pith first, then the newest version first. */
  async list(): Promise<KernelRelease[]> {
    const names = await this.#installedVersions();
    const releases = await Promise.all([BUNDLED_ID, ...names].map((id) => this.#describeIfWhole(id)));
    return releases.filter((release) => release !== undefined);
  }

  /** The release that `id` names; Pith without one. Throws kernel.not-found, kernel.not-built, kernel.damaged. */
  async resolve(id: string = BUNDLED_ID): Promise<KernelRelease> {
    if (id === BUNDLED_ID) return await this.#describe(this.#bundledPithFolder, id);
    if (isAbsolute(id)) return await this.#describe(id, id);
    if (parseReleaseId(id)) return await this.#describe(join(this.#opsHome, id), id);
    throw new Problem("kernel.not-found", `No kernel release “${id}”`, {
      hint: "Use “pith”, the version of an installed Nanos release, or the path of a folder with one.",
    });
  }

  /** The release in a folder that is not yet where it shall stand. `called` is what people know it by. */
  async inspect(folder: string, called: string): Promise<KernelRelease> {
    return await this.#describe(folder, folder, called);
  }

  async #describeIfWhole(id: string): Promise<KernelRelease | undefined> {
    try {
      return await this.resolve(id);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  async #installedVersions(): Promise<string[]> {
    const entries: Dirent[] = await readdir(this.#opsHome, { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => !entry.isFile() && parseReleaseId(entry.name))
      .map(({ name }) => name)
      .sort(newestFirst);
  }

  async #describe(folder: string, id: string, called = folder): Promise<KernelRelease> {
    const path = join(folder, KERNEL_FILE);
    const file = await kernelFile(path, called, id);
    const identity = await this.#identify(path, file);
    const named = parseReleaseId(basename(folder));
    const architecture = identity.architecture ?? named?.architecture ?? "x86-64";
    if (architecture === "x86-64") await checkBootLoader(join(folder, BOOT_LOADER_FILE), called);
    const provenance = (await this.#records.read()).installed[id];
    return {
      id,
      kind: identity.kind,
      version: identity.version ?? named?.version ?? "unknown",
      path: folder,
      architecture,
      bundled: id === BUNDLED_ID,
      kernelBytes: file.size,
      klibs: await klibsIn(join(folder, KLIBS_FOLDER)),
      ...(provenance?.kernelModifiedMs === file.mtimeMs && { sha256: provenance.sha256, from: provenance.from }),
    };
  }

  async #identify(path: string, { mtimeMs, size }: Stats): Promise<KernelIdentity> {
    const known = this.#known.get(path);
    if (known?.mtimeMs === mtimeMs && known.sizeBytes === size) return known.identity;
    const handle = await openRegular(path).catch((error) => {
      throw damaged(path, "its kernel can't be read", error);
    });
    try {
      const identity = await identifyKernel(fileSource(handle, size));
      this.#known.set(path, { mtimeMs, sizeBytes: size, identity });
      return identity;
    } finally {
      await handle.close();
    }
  }
}

/** Reads what an image takes from a release for x86-64. Throws kernel.damaged, kernel.not-found for an unknown klib. */
export async function readReleaseFiles(
  release: KernelRelease,
  klibNames: readonly string[] = [],
): Promise<ReleaseFiles> {
  for (const name of klibNames)
    if (!release.klibs.includes(name))
      throw new Problem("kernel.not-found", `The kernel release ${release.id} has no klib “${name}”`, {
        hint: release.klibs.length > 0 ? `It has ${release.klibs.join(", ")}.` : "It has none at all.",
      });
  const read = (name: string) =>
    readRegularBytes(join(release.path, name), MAX_KERNEL_BYTES).catch((error) => {
      throw damaged(release.path, `its ${name} can't be read`, error);
    });
  const [kernel, bootLoader, ...klibs] = await Promise.all([
    read(KERNEL_FILE),
    read(BOOT_LOADER_FILE),
    ...klibNames.map((name) => read(join(KLIBS_FOLDER, name))),
  ]);
  return { kernel, bootLoader, klibs: new Map(klibs.map((bytes, index) => [klibNames[index] ?? "", bytes])) };
}

async function kernelFile(path: string, called: string, id: string): Promise<Stats> {
  const file = await stat(path).catch((error) => {
    throw missingProblem(error, id, called);
  });
  if (!file.isFile() || file.size === 0) throw damaged(called, `its ${KERNEL_FILE} is empty or no file`);
  if (file.size > MAX_KERNEL_BYTES) throw damaged(called, `its ${KERNEL_FILE} is too large for a boot file system`);
  return file;
}

async function klibsIn(folder: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

async function checkBootLoader(path: string, folder: string): Promise<void> {
  const handle = await openRegular(path).catch((error) => {
    throw damaged(folder, `it has no ${BOOT_LOADER_FILE}`, error);
  });
  try {
    const { size } = await handle.stat();
    if (size > MAX_BOOT_LOADER_BYTES) throw damaged(folder, `its ${BOOT_LOADER_FILE} is too large`);
    const damage = bootLoaderDamage(await fileSource(handle, size).read(0, SECTOR_BYTES), size);
    if (damage) throw damaged(folder, `its ${BOOT_LOADER_FILE} is damaged: ${damage}`);
  } finally {
    await handle.close();
  }
}

function missingProblem(error: unknown, id: string, called: string): unknown {
  const code = systemErrorCode(error);
  if (code !== "ENOENT" && code !== "ENOTDIR") return damaged(called, `its ${KERNEL_FILE} can't be read`, error);
  const looked = { details: `looked for ${join(called, KERNEL_FILE)}`, cause: error };
  if (id === BUNDLED_ID)
    return new Problem("kernel.not-built", "Pith, the kernel that comes with Unideck, has not been built", {
      hint: "Build it with “make -C kernel”; npm start and npm test do it by themselves.",
      ...looked,
    });
  if (isAbsolute(id))
    return new Problem("kernel.not-found", `No kernel release in ${called}`, {
      hint: `A release has a ${KERNEL_FILE} and a ${BOOT_LOADER_FILE}.`,
      ...looked,
    });
  return new Problem("kernel.not-found", `The kernel release ${id} is not installed`, {
    hint: `Get it with “unideck kernels get ${id}”, or under Kernels in the settings.`,
    ...looked,
  });
}

function damaged(called: string, what: string, cause?: unknown): Problem {
  return new Problem("kernel.damaged", `The kernel release in ${called} is damaged: ${what}`, {
    hint: "Download or build it again.",
    cause,
  });
}
