/** Where a shared library goes that is added by hand: to where the program's loader looks for it. Pure. */

import type { Library } from "../../../shared/contract/programs.ts";
import { isLibraryName } from "../../../shared/elf.ts";
import type { AddedFile } from "./draft.ts";

/** Where loaders look that are not told otherwise, and nothing else is known. */
const DEFAULT_FOLDER = "/lib";

/** The file where it was, or a library in the folder of the others, under the name that the program asks for. */
export function placeLibrary(file: AddedFile, libraries: readonly Library[]): AddedFile {
  const isAlone = file.kind === "file" && file.guest.lastIndexOf("/") === 0;
  const fileName = baseOf(file.guest);
  if (!isAlone || !isLibraryName(fileName) || libraries.length === 0) return file;
  // `libz.so.1.2.13` is what stands behind the name `libz.so.1`.
  const missing = libraries.find(({ found, name }) => !found && (fileName === name || fileName.startsWith(`${name}.`)));
  return { ...file, guest: `${folderFor(missing, libraries)}/${missing?.name ?? fileName}` };
}

function folderFor(missing: Library | undefined, libraries: readonly Library[]): string {
  const others = libraries.filter(({ found, guestPath, foundBy }) => found && guestPath && foundBy !== "path");
  const usual = others.find(({ name }) => name.startsWith("libc.")) ?? others[0];
  if (usual?.guestPath) return folderOf(usual.guestPath);
  const searched = missing?.searched.at(-1);
  return searched ? folderOf(searched) : DEFAULT_FOLDER;
}

/** Whether a library that was not found on the host is among the files that are added. */
export function isAdded(library: Library, files: readonly AddedFile[], libraries: readonly Library[]): boolean {
  const folders = new Set([
    ...library.searched.map(folderOf),
    ...libraries.flatMap(({ guestPath }) => (guestPath ? [folderOf(guestPath)] : [])),
    DEFAULT_FOLDER,
  ]);
  return files.some(({ guest }) => baseOf(guest) === library.name && folders.has(folderOf(guest)));
}

const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/"))) || "/";
const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
