/**
 * What a guest has used so far, as its kernel tells it (docs/formats.md, "What Pith tells its host"): asked with a line on the
 * stats port, answered with one line of JSON. The guest is not trusted: the answer is bounded, in size and in time.
 */

import { z } from "zod";
import { InterfaceTraffic } from "../../../shared/contract/networks.ts";
import { askLine } from "../lib/ask-line.ts";
import { parseJson } from "../lib/parse-json.ts";

const ANSWER_LIMIT_MS = 900;
const MAX_ANSWER_CHARACTERS = 16 << 10;

export const GuestStats = z.object({
  memory: z.object({ totalBytes: z.number().int().min(0), freeBytes: z.number().int().min(0) }),
  interfaces: z.array(InterfaceTraffic.extend({ name: z.string().regex(/^[a-z][a-z0-9.]{0,14}$/) })).max(16),
});
export type GuestStats = z.infer<typeof GuestStats>;

/** Undefined where nobody answers in time, or what answers is no kernel that tells. */
export async function askGuest(socketPath: string): Promise<GuestStats | undefined> {
  const answer = await askLine(socketPath, "", { limitMs: ANSWER_LIMIT_MS, mostCharacters: MAX_ANSWER_CHARACTERS });
  return answer === undefined ? undefined : GuestStats.safeParse(parseJson(answer)).data;
}
