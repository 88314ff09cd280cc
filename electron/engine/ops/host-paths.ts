/** Where the paths of a configuration lead on the host. */

import { lstat } from "node:fs/promises";
import { isAbsolute, join, normalize, posix } from "node:path";
import type { Placement } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";

export interface PathRules {
  /** Where `Files`, `Dirs` and the program start. */
  workingFolder: string;
  /** Where `MapDirs` and host folders of `Mounts` start. */
  localFolder: string;
  /** A folder in which absolute paths are looked up first. */
  targetRoot: string | undefined;
}

/** The places where an entry of `Files` or `Dirs` is looked for, in their order. */
function candidates(path: string, { workingFolder, targetRoot }: PathRules): string[] {
  // OPS takes an absolute path, too, as one that starts at the working folder.
  const places = [join(workingFolder, path)];
  if (isAbsolute(path)) {
    if (targetRoot !== undefined) places.unshift(join(targetRoot, path));
    places.push(normalize(path));
  }
  return places;
}

/** The entries of `Files` or `Dirs` (`key`), each under the path that it is written with. Throws config.invalid. */
export async function placeSame(
  key: "Files" | "Dirs",
  paths: readonly string[],
  rules: PathRules,
): Promise<Placement[]> {
  const placements: Placement[] = [];
  for (const path of paths) {
    const places = candidates(path, rules);
    const host = await firstThere(places);
    if (host === undefined)
      throw new Problem(
        "config.invalid",
        `${key} has ${path}, and there is no such ${key === "Files" ? "file" : "folder"}`,
        {
          hint: "Check the path. Relative paths start at the current folder.",
          details: ["looked for", ...places].join("\n"),
        },
      );
    placements.push({ host, guest: posix.join("/", path), ...(key === "Files" && { keepLink: true }) });
  }
  return placements;
}

/** `MapDirs`: the last part of a key is a pattern for file names at any depth; `/*` means all there is. */
export async function placeMapped(mapped: Record<string, string>, { localFolder }: PathRules) {
  const files: Placement[] = [];
  const folders: Placement[] = [];
  for (const [key, guest] of Object.entries(mapped)) {
    const path = isAbsolute(key) ? normalize(key) : join(localFolder, key);
    const place = posix.join("/", guest);
    const named = await lstat(path).catch(() => undefined);
    const slash = path.lastIndexOf("/");
    const [folder, pattern] = [path.slice(0, slash) || "/", path.slice(slash + 1)];
    if (named?.isDirectory()) folders.push({ host: path, guest: place });
    else if (named) files.push({ host: path, guest: posix.join(place, pattern), keepLink: true });
    else if (!(await lstat(folder).catch(() => undefined)))
      throw new Problem("config.invalid", `MapDirs has ${key}, and there is no folder ${folder}`, {
        hint: "A key of MapDirs is a folder of the host with a pattern behind it, such as site/*.",
      });
    else folders.push({ host: folder, guest: place, ...(pattern !== "*" && { pattern }) });
  }
  return { files, folders };
}

/** The program on the host: where OPS looks, then beside the configuration. */
export async function findProgram(path: string, rules: PathRules, configFolder: string): Promise<string> {
  const places = isAbsolute(path) ? [normalize(path)] : [join(rules.workingFolder, path), join(configFolder, path)];
  return (await firstThere(places)) ?? places[0] ?? path;
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await lstat(path).catch(() => undefined)) return path;
  return undefined;
}
