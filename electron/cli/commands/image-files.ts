/** `unideck images ls-files`, `tree`, `cat`, `cp`: the files in an image. Names come as text that can be typed again. */

import { resolve } from "node:path";
import type { ImageEntry } from "../../../shared/contract/image-contents.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import { Problem } from "../../../shared/problem.ts";
import { toBuffer } from "../../engine/lib/to-buffer.ts";
import { followTask } from "../follow-task.ts";
import { imageReference } from "../image-reference.ts";
import { filterFor, formatBytes, LEFT_OUT, print, writeLine, writeOut } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface LookOptions {
  json: boolean;
  boot: boolean;
}

export async function listFiles(
  name: string,
  path = "/",
  options: LookOptions & { long: boolean; recursive: boolean },
): Promise<void> {
  const entries = await entriesOf(name, path, options.recursive, options);
  const format = (entry: ImageEntry) => (options.long ? formatLong(entry) : entry.path);
  print(entries, { json: options.json, text: () => entries.map((entry) => format(entry)) });
}

export async function showTree(name: string, path = "/", options: LookOptions & { depth?: number }): Promise<void> {
  const entries = await entriesOf(name, path, true, options);
  print(entries, { json: options.json, text: () => formatTree(path, entries, options.depth) });
}

/** Writes the bytes as they are, but to a terminal text and colours alone unless `raw`; `--json` is for errors. */
export async function showContents(
  name: string,
  paths: string[],
  { boot, raw }: LookOptions & { raw: boolean },
): Promise<void> {
  const filter = filterFor(process.stdout, { raw });
  await withEngine(
    async (client) => {
      for (const path of paths)
        for await (const piece of await client.imageContents.read({ ...placeOf(name, path, boot), from: 0 })) {
          const bytes = toBuffer(piece.bytes);
          if (!(await writeOut(filter?.add(bytes) ?? bytes))) return;
        }
    },
    { isBrief: true },
  );
  if (filter) await writeOut(filter.end());
  if (filter?.hasLeftOut) writeLine(LEFT_OUT);
}

export async function copyFiles(
  name: string,
  paths: string[],
  options: LookOptions & { force: boolean },
): Promise<void> {
  const [to, ...wanted] = [...paths].reverse();
  if (to === undefined || wanted.length === 0)
    throw new Problem("args.invalid", "Source or destination is missing", {
      hint: "Give the files to copy, then the destination folder.",
    });
  const { image, partition } = placeOf(name, "/", options.boot);
  await withEngine(async (client) => {
    const order = { image, partition, paths: wanted.reverse(), to: resolve(to), force: options.force };
    const task = await client.imageContents.copyOut(order);
    const { path } = await followTask(client, task, { terminal: process.stderr, quiet: options.json });
    print({ path }, { json: options.json, text: () => "" });
  });
}

async function entriesOf(name: string, path: string, recursive: boolean, { boot }: LookOptions): Promise<ImageEntry[]> {
  return await withEngine((client) => collect(client, { ...placeOf(name, path, boot), recursive }), { isBrief: true });
}

async function collect(client: UnideckClient, place: Parameters<UnideckClient["imageContents"]["files"]>[0]) {
  const entries: ImageEntry[] = [];
  for await (const portion of await client.imageContents.files(place)) entries.push(...portion);
  return entries;
}

function placeOf(name: string, path: string, boot: boolean) {
  return { image: imageReference(name), path, partition: boot ? ("boot" as const) : ("root" as const) };
}

const marks = { directory: "d", file: "-", link: "l", socket: "s", unknown: "?" };

function formatLong({ path, type, sizeBytes, modifiedAt, mode, target, damage }: ImageEntry): string {
  const when = modifiedAt?.slice(0, 16).replace("T", " ") ?? "";
  // Most entries say no permissions.
  const permissions = mode === undefined ? "-" : mode.toString(8).padStart(4, "0");
  return `${marks[type]} ${permissions.padStart(4)} ${String(sizeBytes).padStart(12)} ${when.padEnd(16)} ${describe({ path, target, damage })}`;
}

function formatTree(root: string, entries: ImageEntry[], depth = Number.POSITIVE_INFINITY): string[] {
  const base = root.split("/").filter(Boolean).length;
  const lines = entries.flatMap((entry) => {
    const parts = entry.path.split("/").filter(Boolean);
    const level = Math.max(1, parts.length - base);
    if (level > depth) return [];
    const name = `${parts.at(-1) ?? "/"}${entry.type === "directory" ? "/" : ""}`;
    const size = entry.type === "link" ? "" : `  ${formatBytes(entry.sizeBytes)}`;
    return [`${"  ".repeat(level)}${describe({ ...entry, path: name })}${size}`];
  });
  return [root, ...lines];
}

function describe({ path, target, damage }: Pick<ImageEntry, "path" | "target" | "damage">): string {
  return `${path}${target === undefined ? "" : ` -> ${target}`}${damage === undefined ? "" : `  (damaged: ${damage})`}`;
}
