/** Where the dynamic loaders of Linux look for libraries (ld.so(8), and musl's loader). Nothing is run to find out. */

import { type Dirent, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";

export interface LoaderRules {
  kind: "glibc" | "musl";
  /** Folders that this loader looks into on any machine: what lies there is found in the guest too. */
  defaultFolders: string[];
  /** Folders that this machine's configuration adds; a guest has no such configuration. */
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

export async function loaderRules(interpreter: string): Promise<LoaderRules> {
  if (interpreter.includes("ld-musl")) {
    const path = await readFile(MUSL_PATH_FILE, "utf8").catch(() => "");
    const configuredFolders = path.split(/[:\n]/).filter(isAbsolute);
    return { kind: "musl", defaultFolders: MUSL_FOLDERS, configuredFolders, cache: new Map() };
  }
  const cacheBytes = await readFile(CACHE_FILE).catch(() => undefined);
  const cache = cacheBytes ? parseLoaderCache(cacheBytes) : new Map<string, string>();
  // Only without a cache does the configuration say more than the cache: the loader itself reads the cache alone.
  const configuredFolders = cache.size > 0 ? [] : await readConfiguration(CONFIGURATION_FILE);
  return { kind: "glibc", defaultFolders: GLIBC_FOLDERS, configuredFolders, cache };
}

const CACHE_MAGIC = "glibc-ld.so.cache1.1";
const CACHE_HEADER_BYTES = 48;
const CACHE_ENTRY_BYTES = 24;
/** FLAG_ELF_LIBC6 | FLAG_X8664_LIB64. */
const CACHE_FLAGS_X86_64 = 0x0303;

/** Libraries for x86-64 by name, the first of each name. Anything odd ends the list: the cache is only a shortcut. */
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
    const name = text(bytes.readUInt32LE(at + 4));
    const path = text(bytes.readUInt32LE(at + 8));
    if (name !== "" && isAbsolute(path) && !libraries.has(name)) libraries.set(name, path);
  }
  return libraries;
}

/** The folders of an `ld.so.conf`, its includes followed. */
async function readConfiguration(file: string): Promise<string[]> {
  const folders: string[] = [];
  const files = [file];
  for (let index = 0; index < files.length && index < MAX_CONFIGURATION_FILES; index++) {
    const path = files[index] ?? "";
    const text = await readFile(path, "utf8").catch(() => "");
    for (const line of text.split("\n").map((line) => line.replace(/#.*/, "").trim())) {
      const include = /^include\s+(\S+)$/.exec(line)?.[1];
      if (include) files.push(...expandPattern(isAbsolute(include) ? include : join(dirname(path), include)));
      else if (isAbsolute(line)) folders.push(line);
    }
  }
  return folders;
}

/** Files of one folder by a pattern with `*` in its last part, as these configurations use it. */
function expandPattern(pattern: string): string[] {
  if (!pattern.includes("*")) return [pattern];
  const folder = dirname(pattern);
  const last = pattern.slice(folder.length + 1);
  const expression = new RegExp(
    `^${last
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .map(({ name }) => name)
    .filter((name) => expression.test(name))
    .sort()
    .map((name) => join(folder, name));
}
