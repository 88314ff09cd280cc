/** What the states of an instance mean. Pure. */

import type { Instance } from "./contract/instances.ts";

const alive: ReadonlySet<Instance["state"]> = new Set(["starting", "running", "paused", "stopping"]);

/** Whether there is a machine, even one that stands still. */
export const isAlive = ({ state }: Pick<Instance, "state">) => alive.has(state);
