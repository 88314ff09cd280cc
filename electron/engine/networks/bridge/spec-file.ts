/** `bridges.json`: which bridges were wished for. After a restart of the host they are gone, and can be set up again. */

import { z } from "zod";
import { BridgeSpec } from "../../../../shared/contract/bridges.ts";
import { systemErrorCode, writeFileAtomically } from "../../lib/atomic-file.ts";
import { readRegular } from "../../lib/open-regular.ts";

const MAX_FILE_BYTES = 1 << 20;

const Shape = z.object({ version: z.literal(1), bridges: z.array(BridgeSpec).max(100) });

/** Throws what JSON or zod throws where it is damaged. */
export async function readSpec(path: string): Promise<BridgeSpec[]> {
  try {
    return Shape.parse(JSON.parse(await readRegular(path, MAX_FILE_BYTES))).bridges;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

export async function writeSpec(path: string, bridges: readonly BridgeSpec[]): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify({ version: 1, bridges }, null, 2)}\n`);
}
