/** What the states of an instance mean. Pure. */

import type { Instance, PortForward } from "./contract/instances.ts";

const alive: ReadonlySet<Instance["state"]> = new Set(["starting", "running", "paused", "stopping"]);

/** Whether there is a machine, even one that stands still. */
export const isAlive = ({ state }: Pick<Instance, "state">) => alive.has(state);

/** Whether something in the guest answers at that forward: its kernel says so, or it has answered. */
export function isReady(
  instance: Pick<Instance, "state" | "listening">,
  { guest, protocol }: Pick<PortForward, "guest" | "protocol">,
): boolean {
  return isAlive(instance) && instance.listening.some((one) => one.port === guest && one.protocol === protocol);
}
