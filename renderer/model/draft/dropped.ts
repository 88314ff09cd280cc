/** What was dropped or chosen: which file is the program, which are added to it. Reads only the headers of files. */

import { ElfDamage, type ElfKind, isLibraryName, readElfKind } from "../../../shared/elf.ts";
import { Problem } from "../../../shared/problem.ts";
import { PROJECT_MARKS } from "../../../shared/project-marks.ts";

export interface DroppedFile {
  file: File;
  /** Its path in what was dropped: `hello`, or `site/index.html` inside a folder. */
  relativePath: string;
}

export interface Dropped {
  files: DroppedFile[];
  /** Folders that were dropped, each with its File where the browser gives one. */
  folders: { name: string; file: File | undefined }[];
}

/** More files than these are refused: a whole disk was dropped by mistake. */
const MOST_FILES = 20_000;

/** Has to be called in the drop event itself: its items are gone afterwards. */
export function readDrop(transfer: DataTransfer): Promise<Dropped> {
  const items = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  // Synthetic drops may have files without items, and items without entries.
  if (items.length === 0) return Promise.resolve(fromFiles(transfer.files));
  return collect(items);
}

/** What a file field gives: files, or a folder's files with their relative paths. */
export function fromFiles(files: Iterable<File>): Dropped {
  const all = [...files].map((file) => ({ file, relativePath: file.webkitRelativePath || file.name }));
  return { files: all, folders: [] };
}

async function collect(items: { entry: FileSystemEntry | null; file: File | null }[]): Promise<Dropped> {
  const dropped: Dropped = { files: [], folders: [] };
  for (const { entry, file } of items) {
    if (entry && isFolder(entry)) {
      dropped.folders.push({ name: entry.name, file: file ?? undefined });
      await walk(entry, dropped.files);
    } else if (file) dropped.files.push({ file, relativePath: file.name });
  }
  return dropped;
}

async function walk(folder: FileSystemDirectoryEntry, into: DroppedFile[]): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    // Chromium gives a hundred entries a call, and none when there are no more.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (isFolder(entry)) await walk(entry, into);
      else if (isFile(entry)) {
        const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
        into.push({ file, relativePath: entry.fullPath.replace(/^\/+/, "") });
      }
      if (into.length > MOST_FILES) {
        throw new Problem("args.invalid", `More than ${MOST_FILES} files were dropped`, {
          hint: "Drop the program and only the folders that it needs.",
        });
      }
    }
  }
}

/**
 * The OPS configuration among what was dropped: a file of that kind alone, or a folder with one at its top. `host` is the
 * file, or the folder.
 */
export function findConfiguration({ files, folders }: Dropped): { host: DroppedFile; isFolder: boolean } | undefined {
  const [file, another] = files;
  const [folder, more] = folders;
  if (file && !another && !folder && /\.json$|^package\.manifest$/i.test(file.file.name))
    return { host: file, isFolder: false };
  if (!folder?.file || more) return undefined;
  const names = ["config.json", "package.manifest"].map((name) => `${folder.name}/${name}`);
  if (!files.some(({ relativePath }) => names.includes(relativePath))) return undefined;
  return { host: { file: folder.file, relativePath: folder.name }, isFolder: true };
}

/**
 * The folder that was dropped alone and looks like a project or a JDK. A program at its top takes precedence.
 */
export async function findProject({ files, folders }: Dropped): Promise<File | undefined> {
  const [folder, more] = folders;
  if (!folder?.file || more || files.some(({ relativePath }) => !relativePath.startsWith(`${folder.name}/`)))
    return undefined;
  const marks = PROJECT_MARKS.map((mark) => `${folder.name}/${mark}`);
  if (!files.some(({ relativePath }) => marks.includes(relativePath))) return undefined;
  const atTop = files.filter(({ relativePath }) => relativePath.split("/").length === 2);
  return (await findProgram(atTop)) ? undefined : folder.file;
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/**
 * The file that is the program, by the rule of the engine: an ELF program rather than one that is named as a library or
 * is damaged, among equals the one in the highest folder. Undefined where there is none.
 */
export async function findProgram(files: readonly DroppedFile[]): Promise<DroppedFile | undefined> {
  let best: { file: DroppedFile; rank: number } | undefined;
  for (const file of files) {
    const rank = await programRank(file);
    if (rank > 0 && (!best || rank > best.rank)) best = { file, rank };
  }
  return best?.file;
}

async function programRank({ file, relativePath }: DroppedFile): Promise<number> {
  const rank = rankOf(await kindOf(file), file.name);
  const depth = relativePath.split("/").length;
  return rank * 100 - Math.min(depth, 99);
}

function rankOf(kind: ElfKind | "damaged" | undefined, name: string): number {
  if (kind === "damaged") return 1;
  if (kind !== "program") return 0;
  // The C library and the loader can be started as programs too.
  return isLibraryName(name) ? 2 : 3;
}

/** A damaged one counts: inspecting it says what is wrong. */
async function kindOf(file: File): Promise<ElfKind | "damaged" | undefined> {
  const source = {
    sizeBytes: file.size,
    read: async (offset: number, length: number) =>
      new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  };
  try {
    return await readElfKind(source);
  } catch (error) {
    if (error instanceof ElfDamage) return "damaged";
    throw error;
  }
}
