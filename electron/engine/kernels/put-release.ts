/** From an archive to a release in its place: unpacked and looked at in a work folder, then moved in one step. */

import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import { unpackTar } from "../formats/tar/unpack-tar.ts";
import { syncFolder, systemErrorCode, writeFileAtomically, writeProblem } from "../lib/atomic-file.ts";
import type { Homes } from "../lib/homes.ts";
import { readRegular } from "../lib/open-regular.ts";
import type { TaskControl } from "../tasks/task-list.ts";
import { MAX_LATEST_BYTES } from "./catalogue.ts";
import { newestFirst, parseReleaseId } from "./release-id.ts";
import { KERNEL_FILE, type KernelReleases } from "./releases.ts";

/** A release has some MB and some hundred files. */
const LIMITS = { bytes: 256 << 20, entries: 10_000 };
/** Where a release stands while another takes its place. */
const REPLACED = "replaced-";

/**
 * Unpacks the archive into `workFolder`; the folder of the release in it. Throws what unpackTar does, kernel.damaged, and
 * kernel.not-found for an archive without a release.
 */
export async function unpackRelease(
  archive: string,
  id: string,
  workFolder: string,
  kernels: Pick<KernelReleases, "inspect">,
  task: Pick<TaskControl, "signal" | "phase" | "advance">,
): Promise<string> {
  const unpacked = join(workFolder, "new");
  await mkdir(unpacked).catch((error) => {
    throw writeProblem(error, unpacked);
  });
  const sizeBytes = await stat(archive).then(
    ({ size }) => size,
    () => 0,
  );
  task.phase("Unpacking", sizeBytes, "bytes");
  await unpackTar({ archive, folder: unpacked, limits: LIMITS, signal: task.signal, onProgress: task.advance });
  const folder = await releaseRoot(unpacked);
  const { architecture } = await kernels.inspect(folder, basename(archive));
  const wanted = parseReleaseId(id)?.architecture;
  if (architecture !== wanted)
    throw new Problem(
      "kernel.damaged",
      `${basename(archive)} is a kernel release for ${architecture}, not for ${wanted}`,
      {
        hint: "Releases for arm64 are named with “-arm” at the end, such as 0.1.54-arm.",
      },
    );
  return folder;
}

/** Some people pack the folder, not what is in it. */
async function releaseRoot(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  const isWrapped = entries.length === 1 && only?.isDirectory() === true;
  return isWrapped && !entries.some(({ name }) => name === KERNEL_FILE) ? join(folder, only.name) : folder;
}

/** Moves a release to its place; one that stands there goes into `workFolder`. Throws disk.full, disk.write-failed. */
export async function putInPlace(release: string, opsHome: string, id: string, workFolder: string): Promise<void> {
  const place = join(opsHome, id);
  try {
    // A power cut must not leave names without their files.
    await syncFolder(release);
    await moveIfThere(place, join(workFolder, `${REPLACED}${id}`));
    await rename(release, place);
    await syncFolder(opsHome);
  } catch (error) {
    await restoreReplaced(opsHome, workFolder);
    throw writeProblem(error, place);
  }
}

/** Moves back what was to be replaced, where its place is still empty: after a failure or a kill -9 between two renames. */
export async function restoreReplaced(opsHome: string, workFolder: string): Promise<void> {
  for (const name of await readdir(workFolder).catch(() => [])) {
    const id = name.slice(REPLACED.length);
    if (!name.startsWith(REPLACED) || !parseReleaseId(id)) continue;
    // A rename onto a folder with something in it fails: then the new one is there, and the old one may go.
    await rename(join(workFolder, name), join(opsHome, id)).catch(() => undefined);
  }
}

/** Moves what is at `from`; nothing where there is nothing. */
export async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** OPS asks this file which of the releases here is the newest. Only a newer one changes it. */
export async function noteNewest({ ops }: Pick<Homes, "ops">, id: string): Promise<void> {
  const { architecture, isNightly } = parseReleaseId(id) ?? {};
  if (architecture !== "x86-64" || isNightly) return;
  const path = join(ops, "latest.txt");
  const noted = await readRegular(path, MAX_LATEST_BYTES).then(
    (text) => text.trim(),
    () => "",
  );
  if (noted === "" || newestFirst(id, noted) < 0) await writeFileAtomically(path, id, 0o644);
}
