/** Whether a kernel can do what a manifest asks of it: is the program there, can it be loaded, do mount points exist? */

import type { ImageFinding } from "../../../../shared/contract/image-contents.ts";
import { ELF_MAGIC, ElfDamage, Machine, readHeader, SegmentType } from "../../../../shared/elf.ts";
import { readDynamic } from "../../formats/elf/dynamic.ts";
import { readTables } from "../../formats/elf/header.ts";
import { Tuple, toText, type Value } from "../../formats/tfs/value.ts";
import { contentsOf, manifestOf, type TfsVolume, typeOf, walkTree } from "../../formats/tfs/volume.ts";
import { canBeHeld } from "./details.ts";
import { findPath } from "./find.ts";
import { showPath } from "./guest-path.ts";

export interface KernelInImage {
  klibs: readonly string[];
  architecture: "x86-64" | "arm64" | undefined;
}

type Tell = (finding: ImageFinding) => void;

const machines = { "x86-64": Machine.x86_64, arm64: Machine.arm64 } as const;
const MAX_INTERPRETER_BYTES = 4096;

export async function checkManifest(root: TfsVolume, kernel: KernelInImage, tell: Tell): Promise<void> {
  const manifest = manifestOf(root);
  checkForms(manifest, tell);
  checkPaths(root, manifest, tell);
  if (manifest.get("klibs") === "bootfs" && kernel.klibs.length === 0)
    tell({
      level: "warning",
      part: "manifest",
      message: "The manifest lists klibs, but the boot file system has none",
    });
  await checkProgram(root, manifest.get("program"), kernel.architecture, tell);
}

function checkForms(manifest: Tuple, tell: Tell): void {
  const isVector = (value: Value) => Array.isArray(value);
  const isTuple = (value: Value) => value instanceof Tuple;
  const forms: [name: string, form: string, fits: (value: Value) => boolean][] = [
    ["arguments", "a list", isVector],
    ["environment", "a set of names and values", isTuple],
    ["mounts", "a set of names and values", isTuple],
  ];
  for (const [name, form, fits] of forms) {
    const value = manifest.get(name);
    if (value !== undefined && !fits(value))
      tell({ level: "error", part: "manifest", message: `Its “${name}” is not ${form}` });
  }
}

function checkPaths(root: TfsVolume, manifest: Tuple, tell: Tell): void {
  const check = (path: Value | undefined, what: string) => {
    if (typeof path !== "string") return;
    const found = findPath(root, path, true);
    if (found && typeOf(found.node) === "directory") return;
    tell({ level: "error", part: "manifest", message: `${what} ${showPath(path)} is not a directory in the image` });
  };
  check(manifest.get("cwd"), "The working directory");
  const mounts = manifest.get("mounts");
  if (mounts instanceof Tuple)
    for (const [volume, place] of mounts.entries())
      check(
        typeof place === "string" ? place.replace(/:ro$/, "") : undefined,
        `The mount point of ${showPath(volume)},`,
      );
}

async function checkProgram(
  root: TfsVolume,
  path: Value | undefined,
  architecture: KernelInImage["architecture"],
  tell: Tell,
): Promise<void> {
  if (typeof path !== "string") {
    tell({ level: "error", part: "manifest", message: "The manifest names no program" });
    return;
  }
  const error = (message: string) => tell({ level: "error", part: "program", message: `${showPath(path)} ${message}` });
  const found = findPath(root, path, true);
  if (!found || typeOf(found.node) !== "file") return error(found ? "is not a file" : "is not in the image");
  if (!canBeHeld(root, found.node)) return error("claims a length beyond the end of its file system");
  const source = contentsOf(root, found.node);
  try {
    if ((await source.read(0, 4)).toString("latin1") !== ELF_MAGIC) return error("is not an ELF program");
    const { machine, bits } = await readHeader(source);
    if (bits !== 64 || (architecture && machine !== machines[architecture]))
      return error(`is not a program for the kernel's architecture, ${architecture ?? "64 bits"}`);
    const tables = await readTables(source);
    const loader = tables.segments.find(({ type }) => type === SegmentType.interpreter);
    if (!loader) return undefined;
    const bytes = await source.read(Math.min(loader.offset, source.sizeBytes), MAX_INTERPRETER_BYTES);
    const interpreter = bytes.subarray(0, loader.fileBytes).toString("latin1").replace(/\0.*$/s, "");
    if (!findPath(root, interpreter, true))
      error(`needs the loader ${showPath(interpreter)}, which is not in the image`);
    const names = new Set([...walkTree(root)].map((entry) => toText(entry.path.replace(/.*\//s, ""))));
    for (const name of (await readDynamic(source, tables))?.needed ?? [])
      if (!name.includes("/") && !names.has(name)) error(`needs the library ${name}, which is not in the image`);
  } catch (damage) {
    if (!(damage instanceof ElfDamage)) throw damage;
    error(`can't be run: ${damage.message}`);
  }
  return undefined;
}
