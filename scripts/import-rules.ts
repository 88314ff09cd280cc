/** Who may import whom: the table, and what breaks it. Tests and their helpers may import anything. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** A file, by its path from the repository's root, and the files that it imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const HELPERS = "electron/engine/lib";
const FORMATS = "electron/engine/formats";
const DRIVERS = "electron/engine/hypervisors";

/**
 * What each folder may import besides itself and `shared`. A file belongs to the longest folder that fits; one that fits
 * none may not exist. `import type` counts.
 */
export const allowed: Readonly<Record<string, readonly string[]>> = {
  shared: [],

  [HELPERS]: [],
  [FORMATS]: [HELPERS],
  "electron/engine/tasks": [HELPERS],
  "electron/engine/settings": [HELPERS],
  "electron/engine/staging": [HELPERS, "electron/engine/settings"],
  "electron/engine/downloads": [HELPERS],
  "electron/engine/updates": [HELPERS, "electron/engine/downloads", "electron/engine/settings"],
  "electron/engine/hypervisors": [HELPERS],
  [`${DRIVERS}/qemu`]: [HELPERS, "electron/engine/hypervisors"],
  "electron/engine/kernels": [
    HELPERS,
    FORMATS,
    "electron/engine/downloads",
    "electron/engine/settings",
    "electron/engine/tasks",
  ],
  "electron/engine/containers": [HELPERS, FORMATS, "electron/engine/downloads", "electron/engine/tasks"],
  "electron/engine/programs": [HELPERS, FORMATS, "electron/engine/kernels"],
  "electron/engine/ops": [HELPERS, "electron/engine/kernels", "electron/engine/programs"],
  "electron/engine/images": [
    HELPERS,
    FORMATS,
    "electron/engine/kernels",
    "electron/engine/programs",
    "electron/engine/settings",
    "electron/engine/tasks",
  ],
  "electron/engine/keeper": [HELPERS, "electron/engine/hypervisors"],
  "electron/engine/instances": [
    HELPERS,
    FORMATS,
    "electron/engine/hypervisors",
    "electron/engine/images",
    "electron/engine/keeper",
    "electron/engine/programs",
    "electron/engine/settings",
    "electron/engine/tasks",
  ],
  "electron/engine/networks": [HELPERS, "electron/engine/hypervisors", "electron/engine/instances"],
  "electron/engine/doctor": [
    HELPERS,
    "electron/engine/hypervisors",
    "electron/engine/kernels",
    "electron/engine/networks",
  ],
  "electron/engine": ["electron/engine"],
  "electron/hosts": ["electron/engine"],
  "electron/cli": ["electron/engine", "electron/hosts", "electron/web.ts"],
  "electron/web.ts": ["electron/engine", "electron/hosts"],
  electron: ["electron"],

  "renderer/platform": [],
  "renderer/ui": ["renderer/platform"],
  "renderer/model": ["renderer/platform", "renderer/ui"],
  "renderer/frame": ["renderer/platform", "renderer/ui", "renderer/model"],
  "renderer/features": ["renderer/platform", "renderer/ui", "renderer/model", "renderer/frame"],
  "renderer/app": ["renderer"],
};

/** The list of drivers: the one file that may import from their folders. */
const DRIVER_LIST = "electron/engine/drivers.ts";

/** Folders whose own folders are strangers to each other. */
const separate = ["renderer/features"];

/** Tests, and what only tests use. */
export const isOfTests = (file: string) =>
  /\.test\.tsx?$|\.testing\.tsx?$|^renderer\/test\/|\/testing(-[a-z]+)?\.ts$|\/test-world\.ts$/.test(file);

/** Each import that the table does not allow, as a sentence. */
export function findForbiddenImports(graph: ImportGraph): string[] {
  return [...graph].flatMap(([file, imports]) => {
    if (isOfTests(file)) return [];
    const home = homeOf(file);
    if (home === undefined) return [`${file} is in no folder of the table`];
    return imports.filter((other) => !mayImport(file, home, other)).map((other) => `${file} imports ${other}`);
  });
}

function mayImport(file: string, home: string, other: string): boolean {
  if (isWithin(other, "shared")) return true;
  if (isOfTests(other)) return false;
  const stranger = separate.find((folder) => isWithin(file, folder) && isWithin(other, folder));
  if (stranger) return partBelow(file, stranger) === partBelow(other, stranger);
  const target = homeOf(other);
  if (target === home) return true;
  if (target?.startsWith(`${DRIVERS}/`)) return file === DRIVER_LIST;
  return (allowed[home] ?? []).some((folder) => isWithin(other, folder));
}

/** Circles of imports: of files, and of the table's folders. Each is the list of what is in it. */
export function findCycles(graph: ImportGraph): string[][] {
  const folders = new Map<string, string[]>();
  for (const [file, imports] of graph) {
    const home = homeOf(file);
    // The two that hold entry points import each other's parts: their files are looked at, not the folders.
    if (isOfTests(file) || home === undefined || home === "electron") continue;
    const others = imports.flatMap((other) => homeOf(other) ?? []).filter((other) => other !== home);
    folders.set(home, [...(folders.get(home) ?? []), ...others]);
  }
  return [...circlesOf(graph), ...circlesOf(folders)];
}

/** Strongly connected parts of more than one node (Tarjan). */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const number = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): void => {
    number.set(node, number.size);
    low.set(node, number.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!number.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== number.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!number.has(node)) visit(node);
  return circles;
}

/** The imports of all TypeScript files below these folders. */
export function readImports(root: string, folders: readonly string[]): ImportGraph {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  const known = new Set(files);
  return new Map(
    files.map((file) => [
      file,
      importsOf(file, readFileSync(join(root, file), "utf8")).filter((one) => known.has(one)),
    ]),
  );
}

/** Paths that a file's text imports, static, dynamic or type-only. Exported for its test. */
export function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g);
  return [...found].map(([, path = ""]) => normalize(join(dirname(file), path)));
}

function homeOf(file: string): string | undefined {
  return Object.keys(allowed)
    .filter((folder) => isWithin(file, folder))
    .sort((a, b) => b.length - a.length)[0];
}

const isWithin = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);

const partBelow = (file: string, folder: string) => file.slice(folder.length + 1).split("/")[0];
