/** Whether a newer version of Unideck is announced at the address of the settings. */

import { z } from "zod";
import type { UpdateReport } from "../../../shared/contract/updates.ts";
import { Problem } from "../../../shared/problem.ts";
import { fetchText } from "../downloads/fetch-text.ts";
import { parseJson } from "../lib/parse-json.ts";

const MAX_BYTES = 64 << 10;

const Announcement = z.object({
  version: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
});

/** Throws download.failed, download.not-found, download.unreachable. */
export async function checkForUpdate(current: string, address: string | null): Promise<UpdateReport> {
  if (address === null) return { current, isOff: true };
  const announced = Announcement.safeParse(parseJson(await fetchText(address, MAX_BYTES))).data;
  if (!announced)
    throw new Problem("download.failed", `${new URL(address).host} does not announce a version`, {
      hint: "Check the address for updates in the settings.",
    });
  const { version, url } = announced;
  return { current, isOff: false, ...(isNewer(version, current) && { newer: { version, url } }) };
}

/** By the three numbers of a version; what follows them, as in `0.2.0-beta`, does not count. Exported for its test. */
export function isNewer(version: string, than: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/, 3).map(Number);
  const [ours, theirs] = [numbers(than), numbers(version)];
  const at = theirs.findIndex((number, i) => number !== ours[i]);
  return at >= 0 && (theirs[at] ?? 0) > (ours[at] ?? 0);
}
