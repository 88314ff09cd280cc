/**
 * What a web host leaves in the home while it runs, in the folder `web`, for this user alone: the token for programs
 * (`PORT.token`), and where to ask for a link to the page (`PORT.json`). Both go when it ends. A host that was killed
 * leaves files that are good for nothing; the next one removes them.
 */

import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { systemErrorCode, writeFileAtomically } from "../../engine/lib/atomic-file.ts";
import { readRegular } from "../../engine/lib/open-regular.ts";

const HostRecord = z.object({
  pid: z.number().int().positive(),
  port: z.number().int(),
  /** Path of the Unix socket on which links are asked for. */
  socket: z.string().min(1),
  startedAt: z.number(),
});
export type HostRecord = z.infer<typeof HostRecord>;

const folderOf = (home: string) => join(home, "web");

/** Where the token of the host at `port` is. */
export const tokenFileOf = (home: string, port: number) => join(folderOf(home), `${port}.token`);

/** Writes both files, and gives what removes them. Throws disk.full, disk.write-failed. */
export async function writeHostFiles(home: string, record: HostRecord, token: string): Promise<() => Promise<void>> {
  const folder = folderOf(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await removeLeftovers(home);
  const recordFile = join(folder, `${record.port}.json`);
  const tokenFile = tokenFileOf(home, record.port);
  await writeFileAtomically(tokenFile, `${token}\n`, 0o600);
  await writeFileAtomically(recordFile, `${JSON.stringify(record)}\n`, 0o600);
  return async () => {
    await rm(recordFile, { force: true });
    await rm(tokenFile, { force: true });
  };
}

/** The web hosts that run, the newest first. */
export async function listHosts(home: string): Promise<HostRecord[]> {
  const records = await readRecords(home);
  return records.filter(({ pid }) => isAlive(pid)).sort((a, b) => b.startedAt - a.startedAt);
}

async function removeLeftovers(home: string): Promise<void> {
  for (const { pid, port } of await readRecords(home)) {
    if (isAlive(pid)) continue;
    await rm(join(folderOf(home), `${port}.json`), { force: true });
    await rm(tokenFileOf(home, port), { force: true });
  }
}

async function readRecords(home: string): Promise<HostRecord[]> {
  const names = await readdir(folderOf(home)).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  });
  const records = names
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => readRecord(join(folderOf(home), name)));
  return (await Promise.all(records)).filter((record) => record !== undefined);
}

const MAX_RECORD_BYTES = 1 << 16;

/** Undefined for a file that has just gone, or that is damaged. */
async function readRecord(path: string): Promise<HostRecord | undefined> {
  try {
    return HostRecord.safeParse(JSON.parse(await readRegular(path, MAX_RECORD_BYTES))).data;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
