/**
 * What was read of images, kept for the next engine: reading a thousand takes half a second. An entry holds for a file of
 * that size, inode and times; the cache may be lost at any time.
 */

import { join } from "node:path";
import { z } from "zod";
import { Image } from "../../../shared/contract/images.ts";
import { writeFileAtomically } from "../lib/atomic-file.ts";
import type { Homes } from "../lib/homes.ts";
import { readRegular } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";

/** To be raised when images are read otherwise: what was kept before is read again. */
const VERSION = 1;
const MAX_FILE_BYTES = 64 << 20;
/** Fewer images are read as quickly as the cache. */
const LEAST_ENTRIES = 50;

const Known = z.object({
  mtimeMs: z.number(),
  ctimeMs: z.number(),
  sizeBytes: z.number(),
  inode: z.number(),
  contents: z.union([
    z.object({
      facts: Image.pick({ architecture: true, kernel: true, program: true, arguments: true, environment: true }).extend(
        {
          uuid: z.string(),
        },
      ),
    }),
    z.object({ damage: z.string() }),
  ]),
});
export type Known = z.infer<typeof Known>;

const Cache = z.object({ version: z.literal(VERSION), images: z.record(z.string(), Known) });

/** No image has a name that begins with a dot. */
const fileIn = ({ imageRecords }: Pick<Homes, "imageRecords">) => join(imageRecords, ".facts.json");

/** By the names of images; empty where there is none that can be read. */
export async function readKnown(homes: Pick<Homes, "imageRecords">): Promise<Map<string, Known>> {
  const text = await readRegular(fileIn(homes), MAX_FILE_BYTES).catch(() => "");
  return new Map(Object.entries(Cache.safeParse(parseJson(text)).data?.images ?? {}));
}

/** Never throws: the worst that comes of a failure is reading images again. */
export async function writeKnown(homes: Pick<Homes, "imageRecords">, known: ReadonlyMap<string, Known>): Promise<void> {
  if (known.size < LEAST_ENTRIES) return;
  const text = JSON.stringify({ version: VERSION, images: Object.fromEntries(known) });
  await writeFileAtomically(fileIn(homes), text, 0o600).catch(() => undefined);
}
