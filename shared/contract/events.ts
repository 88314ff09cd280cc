/** The one stream that feeds a mirror of the engine: a snapshot at first, then upserts and removals by id. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { Bridge } from "./bridges.ts";
import { Image } from "./images.ts";
import { Instance } from "./instances.ts";
import { KernelRelease } from "./kernels.ts";
import { Network } from "./networks.ts";
import { Settings } from "./settings.ts";
import { Task } from "./tasks.ts";

const changesOf = <T extends z.ZodType>(item: T) =>
  z.object({ upsert: z.array(item).default([]), remove: z.array(z.string()).default([]) });

/** Images, networks and bridges are known by name, instances and tasks by id. */
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
  images: z.array(Image),
  instances: z.array(Instance),
  tasks: z.array(Task),
  networks: z.array(Network),
  bridges: z.array(Bridge),
  kernels: z.array(KernelRelease),
  settings: Settings,
});
export type Snapshot = z.infer<typeof Snapshot>;

export const Changes = z.object({
  type: z.literal("changes"),
  images: changesOf(Image).optional(),
  instances: changesOf(Instance).optional(),
  tasks: changesOf(Task).optional(),
  networks: changesOf(Network).optional(),
  bridges: changesOf(Bridge).optional(),
  kernels: z.array(KernelRelease).optional(),
  settings: Settings.optional(),
});
export type Changes = z.infer<typeof Changes>;

export const EngineEvent = z.discriminatedUnion("type", [Snapshot, Changes]);
export type EngineEvent = z.infer<typeof EngineEvent>;

export const events = {
  subscribe: oc
    .route({ method: "GET", path: "/events", summary: "Everything that changes (server-sent events)" })
    .output(eventIterator(EngineEvent)),
};
