/** Paths inside a file system that lies in a folder: links lead to where a process with that root would get. */

import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../../lib/atomic-file.ts";

/** As Linux has it (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** A path that can't be followed: too many links, or a file where a folder is needed. */
export class ScopedPathError extends Error {
  override readonly name = "ScopedPathError";
}

/** The parts of a path, without `.`; `..` goes up, and stays at the root. */
export function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/**
 * The path relative to `root`, without a slash before it, to which `path` leads when all its links are followed; with
 * `keepLast`, a link in its last part is not followed. Parts that do not exist are taken as they are. Nobody else may
 * change the folder meanwhile. Throws ScopedPathError.
 */
export async function resolveScoped(
  root: string,
  path: string,
  { keepLast = false, from = "" }: { keepLast?: boolean; from?: string } = {},
): Promise<string> {
  const open = path.split("/").reverse();
  let at = path.startsWith("/") ? [] : partsOf(from);
  let links = 0;
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at.pop();
      continue;
    }
    at.push(part);
    if (keepLast && open.every((rest) => rest === "" || rest === ".")) break;
    const target = await linkAt(join(root, ...at));
    if (target === undefined) continue;
    if (++links > MAX_LINKS) throw new ScopedPathError(`${path} leads through too many links`);
    if (target.startsWith("/")) at = [];
    else at.pop();
    open.push(...target.split("/").reverse());
  }
  return at.join("/");
}

async function linkAt(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw error;
  }
}
