/** `network.json`: what is kept about a private network; the engine writes it, the switch reads it. */

import { join } from "node:path";
import { z } from "zod";
import { NetworkMember, NetworkName } from "../../../shared/contract/networks.ts";
import { systemErrorCode, writeFileAtomically } from "../lib/atomic-file.ts";
import { readRegular } from "../lib/open-regular.ts";

export const NetworkRecord = z.object({
  version: z.literal(1),
  name: NetworkName,
  subnet: z.string(),
  wayOut: z.boolean(),
  createdAt: z.number().positive(),
  /** `socket`: where the member's machine waits for the switch. */
  members: z.array(NetworkMember.extend({ socket: z.string().max(99) })).max(1000),
});
export type NetworkRecord = z.infer<typeof NetworkRecord>;

/** Held by the switch that runs: there is one a network. */
export const SWITCH_LOCK = "switch.lock";

export interface NetworkFiles {
  folder: string;
  record: string;
  /** What the switch said. */
  log: string;
  lock: string;
  /** Where the engine asks it. */
  control: string;
  /** Where the way out connects. */
  wire: string;
}

/** Sockets may stand elsewhere: their paths are short. */
export function networkFiles(folder: string, socketFolder: string): NetworkFiles {
  return {
    folder,
    record: join(folder, "network.json"),
    log: join(folder, "switch.log"),
    lock: join(folder, SWITCH_LOCK),
    control: join(socketFolder, "switch.sock"),
    wire: join(socketFolder, "wire.sock"),
  };
}

const MAX_RECORD_BYTES = 1 << 20;

/** Undefined where there is none. Throws what zod or JSON throws where it is damaged. */
export async function readNetwork(path: string): Promise<NetworkRecord | undefined> {
  try {
    return NetworkRecord.parse(JSON.parse(await readRegular(path, MAX_RECORD_BYTES)));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeNetwork(path: string, record: NetworkRecord): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(record, null, 2)}\n`);
}
