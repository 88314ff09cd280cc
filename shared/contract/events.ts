/** The one stream that feeds a mirror of the engine: a snapshot at first, then what changes of each domain. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { pluck } from "../pluck.ts";
import { domains } from "./domains.ts";

/** The domains that clients keep in step. */
export const mirrors = pluck(domains, "mirror");

export const Snapshot = z.object({
  type: z.literal("snapshot"),
  engine: z.object({
    version: z.string(),
    /** Where the engine's files are; shown in settings and the doctor. */
    home: z.string(),
    opsHome: z.string(),
    platform: z.string(),
    /** What a person should hear of the engine's start, such as settings that could not be read. */
    notices: z.array(z.string()),
  }),
  ...pluck(mirrors, "snapshot"),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Changes = z.object({ type: z.literal("changes"), ...pluck(mirrors, "changes") });
export type Changes = z.infer<typeof Changes>;

export const EngineEvent = z.discriminatedUnion("type", [Snapshot, Changes]);
export type EngineEvent = z.infer<typeof EngineEvent>;

export const events = {
  subscribe: oc
    .route({ method: "GET", path: "/events", summary: "Subscribe to all changes (server-sent events)" })
    .output(eventIterator(EngineEvent)),
};
