/** Finds a program as a shell would, and where package managers put it though a desktop's PATH may not say so. */

import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

const usualFolders = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/opt/local/bin"];

/**
 * The absolute path of the program (an absolute `name` is only tried); undefined where there is none that may be run. With
 * a `searchPath` only its folders are looked into.
 */
export async function findProgram(name: string, searchPath?: string): Promise<string | undefined> {
  if (isAbsolute(name)) return (await mayRun(name)) ? name : undefined;
  const fromPath = (searchPath ?? process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const folders = searchPath === undefined ? [...fromPath, ...usualFolders] : fromPath;
  for (const folder of new Set(folders)) {
    const path = join(folder, name);
    if (await mayRun(path)) return path;
  }
  return undefined;
}

async function mayRun(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
