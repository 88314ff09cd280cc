/** Where the program stands in the guest, and how it is called there (docs/formats.md, "The program's path"). */

import { lstat, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { normalize, posix } from "node:path";
import type { BuildSpec } from "../../../shared/contract/images.ts";
import type { Tree } from "../formats/tfs/tree.ts";
import { fileAt } from "../formats/tfs/tree-paths.ts";
import { toBytes, toText } from "../formats/tfs/value.ts";
import { checkGuestPath, placedPath, programGuestPath } from "./placement.ts";

export interface ProgramPlace {
  /** The program's file: the manifest's `program`, and what `/proc/self/exe` leads to. */
  path: string;
  /** A symbolic link that leads to it, where the program was named by one. */
  link?: string | undefined;
  /** `arguments[0]`. */
  firstArgument: string;
}

type PlaceOptions = Pick<
  BuildSpec,
  "program" | "programName" | "programPath" | "typedProgram" | "files" | "folders" | "manifest"
>;

/** Folders of a system: a program below one of them is part of it, and its path tells nothing of a person. */
const SYSTEM_FOLDERS = /^\/(?:usr|opt|bin|sbin|lib[^/]*)\//;
/** What the kernel puts in the place of these folders would hide a program there. */
const KERNEL_FOLDERS = /^\/(?:dev|proc|sys)\//;

/** Decides it; `additions` is what was added by the placements of `spec`. Throws args.invalid for a path that no image has. */
export async function placeProgram(spec: PlaceOptions, additions?: Tree): Promise<ProgramPlace> {
  const { program, programName, typedProgram } = spec;
  const { path, link } = await findPlace(spec, additions);
  const typed = typedProgram ?? fileNameOf(program);
  const leadsThere = [path, link].includes(posix.resolve(workingFolderOf(spec), typed));
  return { path, link, firstArgument: programName ?? (leadsThere ? typed : (link ?? path)) };
}

async function findPlace(
  spec: PlaceOptions,
  additions: Tree | undefined,
): Promise<Omit<ProgramPlace, "firstArgument">> {
  const { program, programPath, typedProgram } = spec;
  if (programPath !== undefined) {
    checkGuestPath(programPath);
    return { path: posix.normalize(placedPath(program, programPath)) };
  }
  const usual = typedProgram === undefined ? defaultPath(program) : pathAsTyped(typedProgram);
  const real = await realpath(program).catch(() => program);
  const placed = await placedPaths(spec, real);
  const added = additions ? await sameFileAt(additions, placed, program) : [];
  const best = added.find(({ link }) => link === usual) ?? added.find(({ path }) => path === usual) ?? added[0];
  if (best) return best;
  const isLink = (await lstat(program).catch(() => undefined))?.isSymbolicLink() ?? false;
  // A program of the system finds its files beside itself, as on the host, also where a link led to it.
  const named = placed.find((path) => path === usual) ?? placed[0] ?? usual;
  if (isLink && isOfSystem(real)) return real === named ? { path: real } : { path: real, link: named };
  return { path: usual };
}

/** As OPS does it: the cleaned path below the root, wherever it started. */
function pathAsTyped(typed: string): string {
  const path = posix.join("/", typed);
  const name = fileNameOf(path);
  return KERNEL_FOLDERS.test(path) || path === `/${name}` ? programGuestPath(name) : path;
}

/** Of a program that nobody typed: nothing of a person's folders. */
function defaultPath(program: string): string {
  const path = normalize(program);
  return isOfSystem(path) ? path : programGuestPath(fileNameOf(path));
}

/** Whether a path tells nothing of a person. */
export function isOfSystem(path: string): boolean {
  return SYSTEM_FOLDERS.test(path) && !path.startsWith(`${homedir().replace(/\/+$/, "")}/`);
}

const fileNameOf = (path: string) => posix.basename(path);

/** The paths that the placements give to the program, and to the file that it is a link to. */
async function placedPaths({ program, files, folders }: PlaceOptions, real: string): Promise<string[]> {
  const places: string[] = [];
  for (const { host, guest } of files)
    if ((await realpath(host).catch(() => host)) === real) places.push(posix.normalize(placedPath(host, guest)));
  for (const { host, guest } of folders) {
    const roots = new Set([normalize(host), await realpath(host).catch(() => host)]);
    for (const root of [...roots].map((path) => path.replace(/\/*$/, "/")))
      for (const path of new Set([normalize(program), real]))
        if (path.startsWith(root)) places.push(posix.join("/", guest, path.slice(root.length)));
  }
  return [...new Set(places)];
}

/** Those of `places` where the tree has that very file; where it has a link to it, the file with the link. */
async function sameFileAt(tree: Tree, places: readonly string[], program: string) {
  const facts = await stat(program).catch(() => undefined);
  return places.flatMap((place) => {
    const node = fileAt(tree, toBytes(place));
    const content = node === undefined ? undefined : tree.contentOf(node);
    if (node === undefined || content === undefined || Buffer.isBuffer(content) || content.inode !== facts?.ino)
      return [];
    const path = toText(tree.pathOf(node));
    return [path === place ? { path } : { path, link: place }];
  });
}

function workingFolderOf({ manifest }: PlaceOptions): string {
  const folder = manifest?.passthrough?.cwd;
  return typeof folder === "string" ? posix.resolve("/", folder) : "/";
}
