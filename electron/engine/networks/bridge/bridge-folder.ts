/** What the helper has written down about a bridge, read by anybody: `/run/unideck/network/NAME`. */

import { constants } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BridgeName, type BridgeState } from "../../../../shared/contract/bridges.ts";
import { systemErrorCode } from "../../lib/atomic-file.ts";

export const BRIDGES_FOLDER = "/run/unideck/network";

export interface BridgeFolder {
  name: string;
  state: BridgeState;
  /** Whose it is: who may confirm it. */
  owner: number;
  uplink: string | undefined;
  taps: string[];
  /** When the watchdog undoes it, in milliseconds since 1970. */
  deadline: number;
  said: string;
}

const states: Record<string, BridgeState> = {
  applying: "applying",
  waiting: "waiting",
  confirmed: "ready",
  undoing: "undoing",
  failed: "failed",
};
const MAX_SAID_CHARACTERS = 2000;

export async function readBridgeFolders(folder = BRIDGES_FOLDER): Promise<BridgeFolder[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  });
  const found = await Promise.all(
    names.filter((name) => BridgeName.safeParse(name).success).map((name) => readOne(join(folder, name), name)),
  );
  return found.filter((one) => one !== undefined);
}

/** Undefined for one that goes at this moment. */
async function readOne(folder: string, name: string): Promise<BridgeFolder | undefined> {
  const read = (file: string) => readFile(join(folder, file), "utf8").catch(() => "");
  const [state, owner, deadline, steps, said] = await Promise.all(
    ["state", "owner", "deadline", "steps", "said"].map(read),
  );
  const known = states[(state ?? "").trim()];
  if (!known) return undefined;
  const words = (steps ?? "").split("\n").map((line) => line.split(" "));
  const taps = words.filter(([kind]) => kind === "tap").flatMap(([, tap]) => tap ?? []);
  const uplink = words.find(([kind, port]) => kind === "join" && port !== undefined && !taps.includes(port))?.[1];
  return {
    ...{ name, state: known, uplink, taps, said: (said ?? "").trim().slice(0, MAX_SAID_CHARACTERS) },
    owner: Number((owner ?? "").trim()),
    deadline: Number((deadline ?? "").trim()) * 1000,
  };
}

/** Tells the watchdog. Throws what the system throws to who is not the owner. */
export async function askWatchdog(name: string, what: "confirm" | "undo", folder = BRIDGES_FOLDER): Promise<void> {
  // The folder is the owner's, who may be another account than this: no link of theirs is followed, nothing is cut short.
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  await using _file = await open(join(folder, name, "asks", what), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
}
