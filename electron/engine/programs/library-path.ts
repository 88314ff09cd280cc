/** Where the dynamic loaders of Linux look for libraries (ld.so(8), and musl's loader). Nothing is run to find out. */

import { readdir } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { FileMemo } from "../lib/file-memo.ts";
import { openRegular, readRegular, readRegularBytes } from "../lib/open-regular.ts";
import { fitsPattern } from "./name-pattern.ts";
import type { SystemRoot } from "./system-root.ts";

export interface LoaderRules {
  kind: "glibc" | "musl";
  /** Folders that this loader looks into on any machine: what lies there is found in the guest too. */
  defaultFolders: string[];
  /** What `$LIB` means, most likely first. */
  libFolders: string[];
  /** Folders that the host's configuration adds; a guest has no such configuration. */
  configuredFolders: string[];
  /** glibc's `ld.so.cache`: library name to path. */
  cache: ReadonlyMap<string, string>;
}

const MULTIARCH = "x86_64-linux-gnu";
const GLIBC_FOLDERS = [`/lib/${MULTIARCH}`, `/usr/lib/${MULTIARCH}`, "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
const MUSL_FOLDERS = ["/lib", "/usr/local/lib", "/usr/lib"];
const MUSL_PATH_FILE = "/etc/ld-musl-x86_64.path";
const CACHE_FILE = "/etc/ld.so.cache";
const CONFIGURATION_FILE = "/etc/ld.so.conf";
const MAX_CONFIGURATION_FILES = 256;
/** Of a cache or a configuration of the loader. */
const MAX_SYSTEM_FILE_BYTES = 64 << 20;
/** A loader has some 200 KB. */
const MAX_LOADER_BYTES = 4 << 20;
/** The folders of each. */
const loaders = new FileMemo<string[] | undefined>({ maxEntries: 8 });

/**
 * The rules of the loader that programs know as `interpreter`, with the configuration of the system at `root`. `loader`:
 * where that loader is on the host.
 */
export async function loaderRules(
  interpreter: string,
  loader: string | undefined,
  root: SystemRoot,
): Promise<LoaderRules> {
  const readSystemFile = async (path: string) => {
    const place = await root.find(path);
    return place === undefined
      ? undefined
      : await readRegularBytes(place, MAX_SYSTEM_FILE_BYTES).catch(() => undefined);
  };
  if (interpreter.includes("ld-musl")) {
    const path = (await readSystemFile(MUSL_PATH_FILE))?.toString() ?? "";
    const configuredFolders = path.split(/[:\n]/).filter(isAbsolute);
    // To musl, $LIB is a name like any other.
    return { kind: "musl", defaultFolders: MUSL_FOLDERS, libFolders: ["$LIB"], configuredFolders, cache: new Map() };
  }
  const cacheBytes = await readSystemFile(CACHE_FILE);
  const cache = cacheBytes ? parseLoaderCache(cacheBytes) : new Map<string, string>();
  // Only without a cache does the configuration say more than the cache: the loader itself reads the cache alone.
  const configuredFolders = cache.size > 0 ? [] : await readConfiguration(CONFIGURATION_FILE, root);
  const built = loader === undefined ? undefined : await builtInFolders(loader);
  return {
    kind: "glibc",
    defaultFolders: built ?? GLIBC_FOLDERS,
    libFolders: built ? built.slice(0, 1).map((folder) => folder.slice(1)) : [`lib/${MULTIARCH}`, "lib64", "lib"],
    configuredFolders,
    cache,
  };
}

/**
 * The folders that were compiled into a loader of glibc, which differ from distribution to distribution. They stand in it
 * one after the other, each with a slash and a NUL behind it. Undefined where they don't.
 */
async function builtInFolders(path: string): Promise<string[] | undefined> {
  const file = await openRegular(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    return await loaders.of(path, await file.stat(), async () => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_LOADER_BYTES), 0, MAX_LOADER_BYTES, 0);
      const [found] = /(?:\/[!-~]{1,200}\/\0){2,16}/.exec(buffer.toString("latin1", 0, bytesRead)) ?? [];
      return found?.split("\0").flatMap((folder) => (folder === "" ? [] : [folder.slice(0, -1)]));
    });
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

const CACHE_MAGIC = "glibc-ld.so.cache1.1";
const CACHE_HEADER_BYTES = 48;
const CACHE_ENTRY_BYTES = 24;
/** FLAG_ELF_LIBC6 | FLAG_X8664_LIB64. */
const CACHE_FLAGS_X86_64 = 0x0303;

/**
 * Libraries for x86-64 by name, the first of each name; those for certain processors only (hwcaps) are left out, as they
 * stand beside one for all. Anything odd ends the list: the cache is only a shortcut.
 */
export function parseLoaderCache(bytes: Buffer): Map<string, string> {
  const libraries = new Map<string, string>();
  // Old systems put the cache's first format before it.
  const start = bytes.indexOf(CACHE_MAGIC, 0, "latin1");
  if (start < 0 || start + CACHE_HEADER_BYTES > bytes.length) return libraries;
  const count = bytes.readUInt32LE(start + CACHE_MAGIC.length);
  const text = (offset: number) => {
    const end = bytes.indexOf(0, start + offset);
    return end < 0 ? "" : bytes.toString("utf8", start + offset, end);
  };
  for (let index = 0; index < count; index++) {
    const at = start + CACHE_HEADER_BYTES + index * CACHE_ENTRY_BYTES;
    if (at + CACHE_ENTRY_BYTES > bytes.length) break;
    if (bytes.readUInt32LE(at) !== CACHE_FLAGS_X86_64) continue;
    if (bytes.readBigUInt64LE(at + 16) !== 0n) continue;
    const name = text(bytes.readUInt32LE(at + 4));
    const path = text(bytes.readUInt32LE(at + 8));
    if (name !== "" && isAbsolute(path) && !libraries.has(name)) libraries.set(name, path);
  }
  return libraries;
}

/** The folders of an `ld.so.conf`, its includes followed. */
async function readConfiguration(file: string, root: SystemRoot): Promise<string[]> {
  const folders: string[] = [];
  const files = [file];
  for (let index = 0; index < files.length && index < MAX_CONFIGURATION_FILES; index++) {
    const path = files[index] ?? "";
    const place = await root.find(path);
    const text = place === undefined ? "" : await readRegular(place, MAX_SYSTEM_FILE_BYTES).catch(() => "");
    for (const line of text.split("\n").map((line) => line.replace(/#.*/, "").trim())) {
      const include = /^include\s+(\S+)$/.exec(line)?.[1];
      if (include)
        files.push(...(await expandPattern(isAbsolute(include) ? include : join(dirname(path), include), root)));
      else if (isAbsolute(line)) folders.push(line);
    }
  }
  return folders;
}

/** Files of one folder by a pattern in its last part, as these configurations use it. */
async function expandPattern(pattern: string, root: SystemRoot): Promise<string[]> {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const place = await root.find(dirname(pattern));
  const names = place === undefined ? [] : await readdir(place).catch(() => []);
  return names
    .filter((name) => fitsPattern(name, basename(pattern)))
    .sort()
    .map((name) => join(dirname(pattern), name));
}
