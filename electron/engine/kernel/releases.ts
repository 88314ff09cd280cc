/**
 * Kernel releases on this machine: the bundled Pith, Nanos releases as OPS keeps them, and any folder of that shape
 * (spec/image.md, "A kernel release").
 */

import type { Dirent, Stats } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import type { Homes } from "../homes.ts";
import { fileSource } from "../image/byte-source.ts";
import { bootLoaderDamage } from "../image/partition-table.ts";
import { SECTOR_BYTES } from "../image/tfs/log.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { identifyKernel, type KernelIdentity } from "./identify.ts";

export const KERNEL_FILE = "kernel.img";
export const BOOT_LOADER_FILE = "boot.img";
export const KLIBS_FOLDER = "klibs";
const BUNDLED_ID = "pith";

const VERSION_NAME = /^\d+(\.\d+)+(-[\w.]+)?$/;
const NIGHTLY_NAME = /^nightly(-arm)?$/;
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
  /** By path of the kernel file: identifying one may mean to read it whole. */
  readonly #known = new Map<string, KnownKernel>();

  constructor(homes: Pick<Homes, "ops">, bundledPithFolder: string) {
    this.#opsHome = homes.ops;
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
    if (VERSION_NAME.test(id) || NIGHTLY_NAME.test(id)) return await this.#describe(join(this.#opsHome, id), id);
    throw new Problem("kernel.not-found", `There is no kernel release “${id}”`, {
      hint: "Use “pith”, the version of an installed Nanos release, or the path of a folder with one.",
    });
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
      .filter((entry) => !entry.isFile() && (VERSION_NAME.test(entry.name) || NIGHTLY_NAME.test(entry.name)))
      .map(({ name }) => name)
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  }

  async #describe(folder: string, id: string): Promise<KernelRelease> {
    const path = join(folder, KERNEL_FILE);
    const file = await this.#kernelFile(path, folder, id);
    const identity = await this.#identify(path, file);
    const architecture = identity.architecture ?? (/-arm$/.test(basename(folder)) ? "arm64" : "x86-64");
    if (architecture === "x86-64") await checkBootLoader(join(folder, BOOT_LOADER_FILE), folder);
    return {
      id,
      kind: identity.kind,
      version: identity.version ?? versionOf(folder),
      path: folder,
      architecture,
      bundled: id === BUNDLED_ID,
      kernelBytes: file.size,
      klibs: await readdir(join(folder, KLIBS_FOLDER)).then(
        (names) => names.filter((name) => !name.startsWith(".")).sort(),
        () => [],
      ),
    };
  }

  async #kernelFile(path: string, folder: string, id: string): Promise<Stats> {
    const file = await stat(path).catch((error) => {
      throw missingProblem(error, id, folder);
    });
    if (!file.isFile() || file.size === 0) throw damaged(folder, `its ${KERNEL_FILE} is empty or no file`);
    if (file.size > MAX_KERNEL_BYTES) throw damaged(folder, `its ${KERNEL_FILE} is too large for a boot file system`);
    return file;
  }

  async #identify(path: string, { mtimeMs, size }: Stats): Promise<KernelIdentity> {
    const known = this.#known.get(path);
    if (known?.mtimeMs === mtimeMs && known.sizeBytes === size) return known.identity;
    const handle = await open(path, "r").catch((error) => {
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
    readFile(join(release.path, name)).catch((error) => {
      throw damaged(release.path, `its ${name} can't be read`, error);
    });
  const [kernel, bootLoader, ...klibs] = await Promise.all([
    read(KERNEL_FILE),
    read(BOOT_LOADER_FILE),
    ...klibNames.map((name) => read(join(KLIBS_FOLDER, name))),
  ]);
  return { kernel, bootLoader, klibs: new Map(klibs.map((bytes, index) => [klibNames[index] ?? "", bytes])) };
}

async function checkBootLoader(path: string, folder: string): Promise<void> {
  const handle = await open(path, "r").catch((error) => {
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

function versionOf(folder: string): string {
  const name = basename(folder).replace(/-arm$/, "");
  return VERSION_NAME.test(name) || NIGHTLY_NAME.test(name) ? name : "unknown";
}

function missingProblem(error: unknown, id: string, folder: string): unknown {
  const code = systemErrorCode(error);
  if (code !== "ENOENT" && code !== "ENOTDIR") return damaged(folder, `its ${KERNEL_FILE} can't be read`, error);
  if (id === BUNDLED_ID)
    return new Problem("kernel.not-built", "Pith, the kernel that comes with Unideck, has not been built", {
      hint: "Build it with “make -C kernel”; npm start and npm test do it by themselves.",
      details: `looked for ${join(folder, KERNEL_FILE)}`,
      cause: error,
    });
  return new Problem("kernel.not-found", `There is no kernel release ${isAbsolute(id) ? `in ${id}` : `“${id}”`}`, {
    hint: isAbsolute(id)
      ? `The folder must have a ${KERNEL_FILE} and a ${BOOT_LOADER_FILE}.`
      : "Install it with “ops update”, or unpack it and give the folder's path.",
    details: `looked for ${join(folder, KERNEL_FILE)}`,
    cause: error,
  });
}

function damaged(folder: string, what: string, cause?: unknown): Problem {
  return new Problem("kernel.damaged", `The kernel release in ${folder} is damaged: ${what}`, {
    hint: "Download or build it again.",
    cause,
  });
}
