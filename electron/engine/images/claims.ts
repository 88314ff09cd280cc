/**
 * Names for images that are being built: which one a build gets, and that no other build gets it meanwhile.
 *
 * A name is taken by whatever file has it, except for an image that our record says was built from the same program: that
 * one is replaced. A program is the same when its path is; one that was dropped on a browser has a new path each
 * time, and is the same when its bytes are. Builds of one program into one name wait for each other; those of different programs get different names.
 */

import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BuildRecord, BuildSpec } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { partOf } from "../formats/byte-source.ts";
import { withDisk } from "../formats/disk/disk.ts";
import { formatUuid } from "../formats/tfs/log.ts";
import { readVolumeIdentity } from "../formats/tfs/log-reader.ts";
import { nameAnother } from "../lib/chosen-file.ts";
import { sha256Of } from "../lib/file-digest.ts";
import type { Homes } from "../lib/homes.ts";
import { refuseSpecial } from "../lib/open-regular.ts";
import { checkImageName, proposeName, variationsOf } from "../programs/name.ts";
import { describes, readRecord } from "./records.ts";

export interface Claim extends Disposable {
  name: string;
  path: string;
  /** Whether there is an image of that name which may be replaced; else there is none. */
  replaces: boolean;
}

interface Holder {
  program: string;
  released: Promise<void>;
}

/** By the path of the image. One process is the engine of its homes, so this is all that builds here. */
const holders = new Map<string, Holder>();

/** Claims the name that `spec` asks for, or a free one. Throws image.name, image.exists, what is no file, and the signal's reason. */
export async function claimName(
  homes: Pick<Homes, "images" | "imageRecords" | "uploads">,
  spec: Pick<BuildSpec, "program" | "name" | "force">,
  fileName: string,
  signal: AbortSignal,
): Promise<Claim> {
  if (spec.name !== undefined) checkImageName(spec.name);
  for (const name of spec.name !== undefined ? [spec.name] : variationsOf(proposeName(fileName))) {
    const claim = await tryClaim(homes, name, spec, signal);
    if (claim) return claim;
  }
  throw existsProblem(spec.name ?? proposeName(fileName));
}

/** The name that a build of this program would be given if it began now. */
export async function freeNameFor(
  homes: Pick<Homes, "images" | "imageRecords" | "uploads">,
  program: string,
  fileName: string,
): Promise<string> {
  for (const name of variationsOf(proposeName(fileName))) {
    const path = join(homes.images, name);
    if (!(await exists(path)) || (await isBuiltFrom(homes, name, path, program))) return name;
  }
  throw new RangeError("variations never end");
}

export function existsProblem(name: string): Problem {
  return new Problem(
    "image.exists",
    `There is already an image named “${name}”, which was not built from this program`,
    {
      hint: "Choose another name, or replace it with --force.",
    },
  );
}

async function tryClaim(
  homes: Pick<Homes, "images" | "imageRecords" | "uploads">,
  name: string,
  spec: Pick<BuildSpec, "program" | "name" | "force">,
  signal: AbortSignal,
): Promise<Claim | undefined> {
  const path = join(homes.images, name);
  for (let holder = holders.get(path); holder; holder = holders.get(path)) {
    if (holder.program !== spec.program && !spec.force) return undefined;
    await released(holder, signal);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  holders.set(path, { program: spec.program, released: promise });
  const release = () => {
    holders.delete(path);
    resolve();
  };
  try {
    const there = await stat(path).catch(() => undefined);
    const isTaken = there !== undefined;
    if (there && spec.force) refuseSpecial(path, there, nameAnother);
    if (!isTaken || spec.force || (await isBuiltFrom(homes, name, path, spec.program, signal)))
      return { name, path, replaces: isTaken, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
  release();
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether our record says that the image at `path` is one that we built from `program`. */
async function isBuiltFrom(
  homes: Pick<Homes, "imageRecords" | "uploads">,
  name: string,
  path: string,
  program: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const record = await readRecord(homes, name);
  if (!record || !(await isProgramOf(record, program, homes, signal))) return false;
  try {
    return await withDisk(path, async (disk) => {
      const { uuid } = await readVolumeIdentity(partOf(disk.source, disk.root.offsetBytes, disk.root.sizeBytes));
      return describes(record, { sizeBytes: disk.source.sizeBytes, uuid: formatUuid(uuid) });
    });
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

async function isProgramOf(
  { program: built }: BuildRecord,
  program: string,
  { uploads }: Pick<Homes, "uploads">,
  signal?: AbortSignal,
): Promise<boolean> {
  if (built.path === program) return true;
  const areUploads = [built.path, program].every((path) => path.startsWith(`${uploads}/`));
  if (!areUploads || basename(built.path) !== basename(program)) return false;
  const { size } = await stat(program);
  return size === built.sizeBytes && (await sha256Of(program, signal)) === built.sha256;
}

async function released(holder: Holder, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([holder.released, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
