/** Folders for work in progress, on the file system where its outcome will stand; what died in them is cleared away. */

import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode, writeProblem } from "./atomic-file.ts";

/** Folders in a staging folder: for what, of which process, and something unique. */
const workName = /^[a-z]+-(\d+)-/;

/** Gives `use` a new folder below `staging`, and removes it afterwards. Throws disk.full, disk.write-failed. */
export async function inWorkFolder<T>(
  staging: string,
  purpose: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  let folder: string;
  try {
    await mkdir(staging, { recursive: true, mode: 0o700 });
    folder = await mkdtemp(join(staging, `${purpose}-${process.pid}-`));
  } catch (error) {
    throw writeProblem(error, staging);
  }
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Removes the folders whose process has died, as at a kill -9; `rescue` looks at each of them before. For the start of an
 * engine: it has no work yet, so folders with its own process id are of a process before it.
 */
export async function cleanWorkFolders(
  staging: string,
  rescue: (folder: string) => Promise<void> = async () => {},
): Promise<void> {
  const names = await readdir(staging).catch(() => []);
  for (const name of names) {
    const pid = Number(workName.exec(name)?.[1]);
    if (!Number.isSafeInteger(pid) || (pid !== process.pid && isAlive(pid))) continue;
    await rescue(join(staging, name));
    await rm(join(staging, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== "ESRCH";
  }
}
