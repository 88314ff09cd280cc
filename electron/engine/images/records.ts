/** How images were built: `~/.unideck/images/NAME.json`, true as long as the image is the one that it was written for. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BuildRecord } from "../../../shared/contract/images.ts";
import { writeFileAtomically } from "../lib/atomic-file.ts";
import type { Homes } from "../lib/homes.ts";
import { readRegular } from "../lib/open-regular.ts";

const MAX_RECORD_BYTES = 4 << 20;

function pathOf(homes: Pick<Homes, "imageRecords">, name: string): string {
  return join(homes.imageRecords, `${name}.json`);
}

/** The record of an image of that name, if there is one that can be read. */
export async function readRecord(homes: Pick<Homes, "imageRecords">, name: string): Promise<BuildRecord | undefined> {
  try {
    return BuildRecord.safeParse(upgraded(JSON.parse(await readRegular(pathOf(homes, name), MAX_RECORD_BYTES)))).data;
  } catch {
    // Missing, unreadable or no JSON: the image is then one that somebody else has made.
    return undefined;
  }
}

const OldRecord = z.looseObject({ version: z.literal(1), wishes: z.unknown() });

/** A record of Unideck 0.1.0, where the spec was called `wishes`, as it is written today; any other as it is. */
function upgraded(json: unknown): unknown {
  const old = OldRecord.safeParse(json).data;
  if (!old) return json;
  const { wishes, ...same } = old;
  return { ...same, version: 2, spec: wishes };
}

/** Whether `record` is about the image file with this size and UUID. */
export function describes(record: BuildRecord, image: { sizeBytes: number; uuid: string }): boolean {
  return record.image.uuid === image.uuid && record.image.sizeBytes === image.sizeBytes;
}

export async function writeRecord(
  homes: Pick<Homes, "imageRecords">,
  name: string,
  record: BuildRecord,
): Promise<void> {
  await writeFileAtomically(pathOf(homes, name), `${JSON.stringify(record, undefined, 1)}\n`);
}

export async function removeRecord(homes: Pick<Homes, "imageRecords">, name: string): Promise<void> {
  await rm(pathOf(homes, name), { force: true });
}
