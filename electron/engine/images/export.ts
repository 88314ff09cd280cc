/** Writes an image as other virtual machines and clouds take it. */

import { execFile } from "node:child_process";
import { type FileHandle, mkdtemp, open, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import type { ExportFormat } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { type Extent, findExtents, readExtents } from "../formats/disk/extents.ts";
import { planQcow2 } from "../formats/disk/qcow2.ts";
import { vhdDiskBytes, vhdFooter } from "../formats/disk/vhd.ts";
import { sparseEnd, sparseHeader } from "../formats/tar/sparse-member.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { writeChosenFile } from "../lib/chosen-file.ts";
import { createHash } from "../lib/crypto.ts";
import { findProgram } from "../lib/find-program.ts";
import { installCommand } from "../lib/install-command.ts";
import type { TaskControl } from "../tasks/task-list.ts";

const GIB = 2 ** 30;
/** A disk with less than this left is what stopped qemu-img. */
const FULL_BYTES = 1 << 20;
/** Google Cloud looks for the disk by this name. */
const GCE_MEMBER = "disk.raw";

/** An image that is being exported. */
interface Source {
  path: string;
  /** Where the export goes. */
  out: string;
  file: FileHandle;
  sizeBytes: number;
  extents: Extent[];
}

/**
 * Throws image.not-found, file.exists without `force`, hypervisor.missing where qemu-img is wanted and not there, disk.*, and
 * the signal's reason. Nothing is left of an export that failed.
 */
export async function exportImage(
  path: string,
  { format, out, force }: { format: ExportFormat; out: string; force: boolean },
  control: TaskControl,
): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    control.phase("Reading the image", size, "bytes");
    const options = { signal: control.signal, onProgress: control.advance };
    const source: Source = { path, out, file, sizeBytes: size, extents: await findExtents(file, options) };
    const storedBytes = source.extents.reduce((sum, { length }) => sum + length, 0);
    control.phase("Writing", storedBytes, "bytes");
    await writeChosenFile(out, (target) => writers[format](source, target, control), { mustBeNew: !force });
  } finally {
    await file.close();
  }
}

type Write = (source: Source, target: FileHandle, control: TaskControl) => Promise<void>;

const writers: Record<ExportFormat, Write> = {
  raw: (source, target, control) => writeAt(source, target, control, source.sizeBytes),
  qcow2: writeQcow2,
  vhd: writeVhd,
  gce: writeGce,
  vmdk: (source, target, control) =>
    convert(source, target, control, ["-O", "vmdk", "-o", "subformat=streamOptimized"]),
  vhdx: (source, target, control) => convert(source, target, control, ["-O", "vhdx"]),
};

/** The data where it is in the disk; what is between stays a hole. */
async function writeAt({ file, extents }: Source, target: FileHandle, control: TaskControl, totalBytes: number) {
  await target.truncate(totalBytes);
  for await (const { offset, bytes } of readExtents(file, extents, optionsOf(control)))
    await writeAll(target, bytes, offset);
}

async function writeQcow2({ file, sizeBytes, extents }: Source, target: FileHandle, control: TaskControl) {
  const { tables, dataOffset, totalBytes } = planQcow2(sizeBytes, extents);
  await target.truncate(totalBytes);
  await writeAll(target, tables, 0);
  let at = dataOffset;
  for await (const { bytes } of readExtents(file, extents, optionsOf(control))) {
    await writeAll(target, bytes, at);
    at += bytes.length;
  }
}

async function writeVhd(source: Source, target: FileHandle, control: TaskControl) {
  const diskBytes = vhdDiskBytes(source.sizeBytes);
  await writeAt(source, target, control, diskBytes);
  // The same image has the same identity.
  const id = createHash("sha256").update(`${source.path} ${diskBytes}`).digest();
  await writeAll(target, vhdFooter(diskBytes, id), diskBytes);
}

/** A disk of whole GiB, as Google Cloud wants it: the rest is a hole of the archive. */
async function writeGce({ file, sizeBytes, extents }: Source, target: FileHandle, control: TaskControl) {
  const diskBytes = Math.ceil(sizeBytes / GIB) * GIB;
  const storedBytes = extents.reduce((sum, { length }) => sum + length, 0);
  const gzip = createGzip({ level: 6 });
  // Caught at once: a full disk is met here while `put` still waits.
  let failure: unknown;
  const writing = (async () => {
    let at = 0;
    for await (const bytes of gzip) {
      await writeAll(target, bytes, at);
      at += bytes.length;
    }
  })().catch((error: unknown) => {
    failure = error;
    gzip.destroy();
  });
  const put = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => gzip.write(bytes, (error) => (error ? reject(error) : resolve())));
  try {
    await put(sparseHeader(GCE_MEMBER, diskBytes, extents));
    for await (const { bytes } of readExtents(file, extents, optionsOf(control))) await put(bytes);
    await put(sparseEnd(storedBytes));
    gzip.end();
    await writing;
  } catch (error) {
    failure ??= error;
    gzip.destroy();
    await writing;
  }
  if (failure !== undefined) throw failure;
}

/** By qemu-img, into a folder beside the target: its own temporary files are large. */
async function convert(source: Source, target: FileHandle, control: TaskControl, words: string[]) {
  const program = await findProgram("qemu-img");
  if (!program)
    throw new Problem("hypervisor.missing", "qemu-img was not found", {
      hint: `Install it: ${installCommand("qemu-img")}. Formats raw, qcow2, vhd and gce do without.`,
    });
  const folder = await mkdtemp(join(dirname(source.out), ".unideck-export-"));
  const converted = join(folder, "disk");
  try {
    await promisify(execFile)(program, ["convert", "-f", "raw", ...words, source.path, converted], {
      signal: control.signal,
    });
    await using result = await open(converted, "r");
    const { size } = await result.stat();
    await target.truncate(size);
    const extents = await findExtents(result, { signal: control.signal });
    for await (const { offset, bytes } of readExtents(result, extents, { signal: control.signal }))
      await writeAll(target, bytes, offset);
    control.advance(source.extents.reduce((sum, { length }) => sum + length, 0));
  } catch (error) {
    control.signal.throwIfAborted();
    if (error instanceof Problem || systemErrorCode(error) === "ENOSPC") throw error;
    // qemu-img has several words for it, “Invalid argument” among them.
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < FULL_BYTES)
      throw new Problem("disk.full", `The disk is full while writing ${source.out}`, {
        hint: "Free some space, or export to another disk.",
        cause: error,
      });
    throw new Problem("hypervisor.failed", "qemu-img could not convert the image", {
      details: String(error),
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const optionsOf = ({ signal, advance }: TaskControl) => ({ signal, onProgress: advance });

async function writeAll(target: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await target.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}
