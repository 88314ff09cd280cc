/** Where the engine of a home is to be reached: `engine.json`, written by the engine, read by every other host. */

import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "../../shared/problem.ts";
import { systemErrorCode, writeFileAtomically, writeProblem } from "../engine/lib/atomic-file.ts";
import { createHash } from "../engine/lib/crypto.ts";
import { readRegular } from "../engine/lib/open-regular.ts";

export interface EngineAddress {
  pid: number;
  /** Path of the Unix socket. */
  socket: string;
  version: string;
  contract: number;
}

/** The system takes 103 bytes (macOS) or 107 (Linux) for a socket's path. */
const MAX_SOCKET_PATH_BYTES = 99;

const MAX_ADDRESS_BYTES = 1 << 16;

const fileOf = (home: string) => join(home, "engine.json");

/** What the engine of `home` left as its address; it may be dead meanwhile. */
export async function readAddress(home: string): Promise<EngineAddress | undefined> {
  try {
    return addressIn(JSON.parse(await readRegular(fileOf(home), MAX_ADDRESS_BYTES)));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError || error instanceof Problem)
      return undefined;
    throw error;
  }
}

/** Checked by hand: a schema library takes longer to load than all else that a client of an engine does. */
function addressIn(json: unknown): EngineAddress | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { pid, socket, version, contract }: Record<string, unknown> = { ...json };
  const isAddress = isWhole(pid) && pid > 0 && typeof socket === "string" && socket !== "";
  if (!isAddress || typeof version !== "string" || !isWhole(contract)) return undefined;
  return { pid, socket, version, contract };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

export async function writeAddress(home: string, address: EngineAddress): Promise<void> {
  await writeFileAtomically(fileOf(home), `${JSON.stringify(address)}\n`, 0o600);
}

export async function removeAddress(home: string): Promise<void> {
  await rm(fileOf(home), { force: true });
}

/**
 * The path for a socket, the engine's where no other name is given, with its folder made and nothing in its place. In
 * the home, or where that is too deep in a folder that belongs to this user alone.
 */
export async function prepareSocketPath(
  home: string,
  environment: NodeJS.ProcessEnv = process.env,
  name = "engine.sock",
): Promise<string> {
  const near = join(home, name);
  const path = Buffer.byteLength(near) <= MAX_SOCKET_PATH_BYTES ? near : farSocketPath(near, environment);
  const folder = dirname(path);
  if (path === near) await mkdir(folder, { recursive: true, mode: 0o700 });
  else await claimFolder(folder);
  await rm(path, { force: true }).catch((error: unknown) => {
    throw writeProblem(error, path);
  });
  return path;
}

function farSocketPath(near: string, environment: NodeJS.ProcessEnv): string {
  const name = `${createHash("sha256").update(near).digest("hex").slice(0, 16)}.sock`;
  const pathIn = (folder: string) => join(folder, `unideck-${userInfo().uid}`, name);
  const candidates = [environment.XDG_RUNTIME_DIR, tmpdir()]
    .filter((folder) => folder)
    .map(String)
    .map(pathIn);
  return candidates.find((path) => Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) ?? pathIn("/tmp");
}

/** Somebody else may have made a folder of this name in /tmp before us; a socket there would be theirs. */
async function claimFolder(folder: string): Promise<void> {
  const { uid } = userInfo();
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    if (systemErrorCode(error) !== "EEXIST") throw writeProblem(error, folder);
  });
  const entry = await lstat(folder);
  if (!entry.isDirectory() || (uid >= 0 && entry.uid !== uid))
    throw new Problem("disk.write-failed", `${folder} belongs to another user, so no socket can be put there`, {
      hint: "Choose a shorter path for Unideck's home (UNIDECK_HOME).",
    });
  await chmod(folder, 0o700);
}
