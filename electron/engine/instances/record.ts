/** `instance.json`: what is kept about an instance between engines. */

import { z } from "zod";
import { Instance, InstanceSpec, InstanceState } from "../../../shared/contract/instances.ts";
import { systemErrorCode, writeFileAtomically } from "../lib/atomic-file.ts";
import { readRegular } from "../lib/open-regular.ts";
import { StaticAddress } from "../lib/static-address.ts";
import { upgradeRecord } from "./upgrade.ts";

export const InstanceRecord = Instance.omit({ consoleBytes: true, capture: true, damage: true }).extend({
  version: z.literal(2),
  state: InstanceState.exclude(["damaged"]),
  spec: InstanceSpec,
  /** The kernel taken out of the image, for direct kernel boot; made again from the disk where it is gone. */
  kernelFile: z.string().optional(),
  socketFolder: z.string(),
  /** What its image gives its interfaces, `en1` first; null for one that asks for its address. */
  staticAddresses: z.array(StaticAddress.nullable()).default([]),
  /** A capture was ended because it had become too large. */
  captureIsFull: z.boolean().default(false),
});
export type InstanceRecord = z.infer<typeof InstanceRecord>;

/** What of a record anybody may see. */
export function shownOf(record: InstanceRecord): Omit<Instance, "capture" | "consoleBytes"> {
  const { version: _1, spec: _2, kernelFile: _3, socketFolder: _4, ...rest } = record;
  const { captureIsFull: _5, staticAddresses: _6, ...shown } = rest;
  return shown;
}

const MAX_RECORD_BYTES = 1 << 20;

/** Undefined where there is none; of Unideck 0.1.0 too. Throws what zod or JSON throws where it is damaged. */
export async function readRecord(path: string): Promise<InstanceRecord | undefined> {
  try {
    return InstanceRecord.parse(upgradeRecord(JSON.parse(await readRegular(path, MAX_RECORD_BYTES))));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeRecord(path: string, record: InstanceRecord): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(record, null, 2)}\n`);
}
