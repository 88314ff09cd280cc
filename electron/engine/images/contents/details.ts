/** What an image is made of: its file systems, its kernel, its program and libraries, its manifest. */

import type { ImageDetails } from "../../../../shared/contract/image-contents.ts";
import type { ByteSource } from "../../formats/byte-source.ts";
import { parseCrashLog } from "../../formats/disk/crash-log.ts";
import { CRASH_LOG_BYTES } from "../../formats/disk/partition-table.ts";
import { TfsDamage } from "../../formats/tfs/codec.ts";
import { SECTOR_BYTES } from "../../formats/tfs/log.ts";
import { type PlainValue, type Tuple, toPlain } from "../../formats/tfs/value.ts";
import {
  contentsOf,
  entriesOf,
  extentsOf,
  fileLength,
  manifestOf,
  type TfsVolume,
  typeOf,
  walkTree,
} from "../../formats/tfs/volume.ts";
import { identifyKernel } from "../../kernels/identify.ts";
import { createHash } from "../../lib/crypto.ts";
import { kernelOf } from "../kernel-in-image.ts";
import { type Found, findPath } from "./find.ts";
import { showPath } from "./guest-path.ts";
import { type OpenImage, openFileSystem } from "./open-image.ts";

export type Details = Omit<ImageDetails, "image" | "build">;

/** Shared libraries, as Linux names them. */
const LIBRARY_NAME = /\.so(\.[^/]*)?$/;
/** More names than this nobody reads. */
const MAX_LIBRARIES = 2000;
const HASH_PIECE_BYTES = 1 << 20;

/** Throws image.damaged's TfsDamage and the signal's reason. */
export async function readDetails(image: OpenImage, signal?: AbortSignal): Promise<Details> {
  const { disk, source } = image;
  const root = await openFileSystem(image, "root");
  const boot = disk && (await openFileSystem(image, "boot"));
  const crashLog = disk && parseCrashLog(await source.read(disk.crashLogOffset, CRASH_LOG_BYTES));
  const kernel = disk && (await describeKernel(await kernelOf(disk), root, signal));
  const program = findProgram(root);
  return {
    path: image.path,
    sizeBytes: source.sizeBytes,
    layout: disk?.layout ?? "volume",
    architecture: kernel?.architecture ?? "unknown",
    ...(kernel && { kernel: kernel.file }),
    klibs: boot ? klibsOf(boot) : [],
    ...summarize(root),
    ...(program &&
      canBeHeld(root, program.node) && {
        program: await describeFile(program, contentsOf(root, program.node), signal),
      }),
    manifest: plainManifest(root),
    ...(crashLog && { crashLog }),
  };
}

async function describeKernel(contents: ByteSource, root: TfsVolume, signal: AbortSignal | undefined) {
  const { kind, version = versionInEnvironment(root, kind), architecture } = await identifyKernel(contents);
  const file = { path: "/kernel", sizeBytes: contents.sizeBytes, sha256: await digestOf(contents, signal) };
  return { architecture, file: { ...file, kind, ...(version !== undefined && { version }) } };
}

/** Nanos does not carry its version; the environment that it is started with does. */
export function versionInEnvironment(root: TfsVolume, kind: string): string | undefined {
  const environment = manifestOf(root).get("environment");
  if (kind !== "nanos" || typeof environment !== "object" || Array.isArray(environment)) return undefined;
  const version = environment.get("NANOS_VERSION");
  return typeof version === "string" ? version : undefined;
}

/** The program that the manifest names, with links followed. */
export function findProgram(root: TfsVolume): Found | undefined {
  const path = manifestOf(root).get("program");
  return typeof path === "string" ? findPath(root, path, true) : undefined;
}

/** A file that its file system has room for: one that says to be longer is all holes, and reading it would not end. */
export function canBeHeld(volume: TfsVolume, node: Tuple): boolean {
  return typeOf(node) === "file" && fileLength(node) <= volume.source.sizeBytes;
}

export function klibsOf(boot: TfsVolume): string[] {
  const folder = findPath(boot, "klib", true);
  return folder ? [...entriesOf(folder.node)].map(([name]) => showPath(name)).sort() : [];
}

async function describeFile({ path }: Found, contents: ByteSource, signal: AbortSignal | undefined) {
  return { path: showPath(path), sizeBytes: contents.sizeBytes, sha256: await digestOf(contents, signal) };
}

/** SHA-256 in hexadecimal digits. Throws the signal's reason. */
export async function digestOf(source: ByteSource, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < source.sizeBytes; at += HASH_PIECE_BYTES) {
    signal?.throwIfAborted();
    hash.update(await source.read(at, HASH_PIECE_BYTES));
  }
  return hash.digest("hex");
}

/** Counts what is in the root. A file with several names counts for each, and its sectors once. */
function summarize(root: TfsVolume): Pick<ImageDetails, "root" | "libraries"> {
  const counts = { file: 0, directory: 0, link: 0, socket: 0, unknown: 0 };
  const libraries: string[] = [];
  const seen = new Set<Tuple>();
  let contentBytes = 0;
  let usedSectors = root.extensions.reduce((sum, { count }) => sum + count, 0);
  const logBytes = usedSectors * SECTOR_BYTES;
  for (const { path, type, node } of walkTree(root)) {
    counts[type]++;
    if (type !== "directory" && LIBRARY_NAME.test(path) && libraries.length < MAX_LIBRARIES)
      libraries.push(showPath(path));
    if (type !== "file" || seen.has(node)) continue;
    seen.add(node);
    contentBytes += fileLength(node);
    usedSectors += extentsOf(root, node).reduce((sum, { allocated }) => sum + allocated, 0);
  }
  const { uuid, label, source } = root;
  const freeBytes = Math.max(0, source.sizeBytes - usedSectors * SECTOR_BYTES);
  const { file: files, directory: directories, link: links } = counts;
  return {
    root: { uuid, label, sizeBytes: source.sizeBytes, freeBytes, logBytes, files, directories, links, contentBytes },
    libraries: libraries.sort(),
  };
}

/** As JSON holds it. Throws TfsDamage for a manifest that is beyond all measure. */
function plainManifest(root: TfsVolume): ImageDetails["manifest"] {
  try {
    const plain = toPlain(manifestOf(root));
    return typeof plain === "object" && !Array.isArray(plain) ? withoutBigints(plain) : {};
  } catch (error) {
    if (error instanceof RangeError) throw new TfsDamage(`its manifest can't be shown: ${error.message}`);
    throw error;
  }
}

function withoutBigints(object: { [name: string]: PlainValue }): Record<string, unknown> {
  return JSON.parse(JSON.stringify(object, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}
