/** Hypervisors: what machines can run on here, and what each of them can do. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { mirrorWhole } from "./mirror.ts";

export const HypervisorName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);

const MAX_OPTIONS = 16;

/** A hypervisor's own options for a machine, by name; an option that is absent is chosen by the hypervisor. */
export const HypervisorOptions = z
  .record(z.string().regex(/^[a-z][A-Za-z0-9-]{0,30}$/), z.string().min(1).max(200))
  .refine((options) => Object.keys(options).length <= MAX_OPTIONS, `At most ${MAX_OPTIONS} options`);
export type HypervisorOptions = z.infer<typeof HypervisorOptions>;

export const HypervisorInfo = z.object({
  name: HypervisorName,
  /** As it is called on screen. */
  title: z.string(),
  /** Of guests. */
  architectures: z.array(z.string()),
  machineTypes: z.array(z.string()),
  accelerators: z.array(z.string()),
  /** Where a guest's console may be. */
  consoles: z.array(z.enum(["serial", "virtio", "xen"])),
  canPause: z.boolean(),
  canCapture: z.boolean(),
  /** Whether a guest is asked what memory it uses. */
  hasMemoryStatistics: z.boolean(),
  /** What can be added to a machine that runs, or taken from it. */
  hotPlug: z.object({ ports: z.boolean(), disks: z.boolean(), networkCards: z.boolean() }),
  /** What a person can choose for a machine. Without a choice, the hypervisor chooses. */
  options: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      choices: z.array(z.object({ value: z.string(), title: z.string() })).min(1),
    }),
  ),
});
export type HypervisorInfo = z.infer<typeof HypervisorInfo>;

const calls = {
  list: oc
    .route({ method: "GET", path: "/hypervisors", summary: "List hypervisors and what they can do" })
    .output(z.array(HypervisorInfo)),
};

export const hypervisors = { calls, mirror: mirrorWhole(z.array(HypervisorInfo)) };
