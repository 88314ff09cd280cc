/** The lines of a tree of files: what of it is open, in order. Pure. */

import type { ImageEntry } from "../../../shared/contract/image-contents.ts";
import type { ProblemReport } from "../../../shared/problem.ts";

/** A folder that was opened, as far as its entries have come. */
export interface Folder {
  entries: readonly ImageEntry[];
  state: "loading" | "done" | "failed";
  /** Entries beyond these; the command line has all. */
  leftOut: number;
  problem?: ProblemReport;
}

/** By path. */
export type Folders = Readonly<Record<string, Folder>>;

export type Order = "name" | "size";

export interface EntryRow {
  kind: "entry";
  entry: ImageEntry;
  /** From 1. */
  level: number;
  isOpen: boolean;
  /** Its place among its siblings, from 1, and their number. */
  place: number;
  siblings: number;
}

/** What stands where entries would: that they are on their way, why there are none, that there are more. */
export interface NoteRow {
  kind: "note";
  level: number;
  /** Of the folder. */
  path: string;
  text: string;
}

export type Row = EntryRow | NoteRow;

export const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1) || "/";
export const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";

/** The paths of all folders above, the nearest last, without the root. */
export function foldersAbove(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return names.map((_, n) => `/${names.slice(0, n + 1).join("/")}`);
}

export function rowsOf(folders: Folders, open: ReadonlySet<string>, order: Order): Row[] {
  const rows: Row[] = [];
  const add = (path: string, level: number) => {
    const folder = folders[path];
    const entries = folder ? inOrder(folder.entries, order) : [];
    entries.forEach((entry, at) => {
      const isOpen = entry.type === "directory" && open.has(entry.path);
      rows.push({ kind: "entry", entry, level, isOpen, place: at + 1, siblings: entries.length });
      if (isOpen) add(entry.path, level + 1);
    });
    const text = noteOf(folder);
    if (text) rows.push({ kind: "note", level, path, text });
  };
  add("/", 1);
  return rows;
}

function noteOf(folder: Folder | undefined): string | undefined {
  if (!folder || folder.state === "loading") return "Loading…";
  if (folder.problem) return folder.problem.message;
  if (folder.leftOut > 0) return `and ${folder.leftOut} more; “unideck images ls-files” lists all`;
  return folder.entries.length === 0 ? "Empty folder." : undefined;
}

/** Sorted lists of entries, kept as long as the entries are: a large folder is sorted once. */
const sorted = new WeakMap<readonly ImageEntry[], Partial<Record<Order, readonly ImageEntry[]>>>();

function inOrder(entries: readonly ImageEntry[], order: Order): readonly ImageEntry[] {
  const known = sorted.get(entries) ?? {};
  const isFolder = ({ type }: ImageEntry) => (type === "directory" ? 0 : 1);
  // The engine tells them by name.
  const list =
    known[order] ??
    [...entries].sort((a, b) => (order === "size" ? b.sizeBytes - a.sizeBytes : isFolder(a) - isFolder(b)));
  sorted.set(entries, { ...known, [order]: list });
  return list;
}
