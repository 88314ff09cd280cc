/** What an engine and the keeper say to each other: one JSON line a request, and one an answer, with the request's number. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { socketFolderFor } from "../hypervisors/instance-files.ts";

export const KEEPER_LOCK = "keeper.lock";
/** No line is longer. */
export const MAX_LINE_CHARACTERS = 16 << 10;

/** How large what a guest writes may become, in bytes, for one instance. */
export const Limits = z.object({
  /** Both logs of its console together. */
  console: z.number().int().positive(),
  trace: z.number().int().positive(),
  /** One captured file. */
  capture: z.number().int().positive(),
});
export type Limits = z.infer<typeof Limits>;

const number = z.number().int().min(0);

export const Request = z.discriminatedUnion("ask", [
  z.object({ number, ask: z.literal("limits"), limits: Limits }),
  /** Keeps the machine of `folder`; where its run is kept already, sees which pipes of captures there are. */
  z.object({
    number,
    ask: z.literal("keep"),
    folder: z.string().startsWith("/"),
    run: number,
    /** Whether it writes to files: an older version has started it. */
    plain: z.boolean(),
  }),
  /** Answered when all that the machine has written is in the logs; it has ended. */
  z.object({ number, ask: z.literal("settle"), folder: z.string() }),
]);
export type Request = z.infer<typeof Request>;

export const Answer = z.object({ number });

/** Where the keeper of a home answers. `home` has no links in it. */
export function keeperSocket(home: string): { folder: string; path: string } {
  const folder = socketFolderFor(home, `keeper-${createHash("sha256").update(home).digest("hex").slice(0, 10)}`);
  return { folder, path: join(folder, "keeper.sock") };
}
