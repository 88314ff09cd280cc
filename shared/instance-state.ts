/** What the states of an instance mean. Pure. */

import type { ExitRecord, Instance, Listener, PortForward } from "./contract/instances.ts";

const alive: ReadonlySet<Instance["state"]> = new Set(["starting", "running", "paused", "stopping"]);

/** Whether there is a machine, even a paused one. */
export const isAlive = ({ state }: Pick<Instance, "state">) => alive.has(state);

/** Whether the end was the answer to a stop, and is not the program's own. The code of such an end says nothing. */
export const isStopped = ({ reason }: Pick<ExitRecord, "reason">) => reason === STOPPED;

/** The reason of an exit by which a program followed a stop. */
export const STOPPED = "stopped";

type GuestPort = Pick<PortForward, "guest" | "protocol">;

/** What listens in the guest at that port, as its kernel says or as it has answered. */
export function listenerAt(
  instance: Pick<Instance, "state" | "listening">,
  { guest, protocol }: GuestPort,
): Listener | undefined {
  if (!isAlive(instance)) return undefined;
  return instance.listening.find((one) => one.port === guest && one.protocol === protocol);
}

/** Whether something in the guest answers at that forward. */
export function isReady(instance: Pick<Instance, "state" | "listening">, port: GuestPort): boolean {
  const listener = listenerAt(instance, port);
  return listener !== undefined && !listener.loopback;
}

/** Whether what listens there is on the guest's own loopback interface: a forward to it reaches nobody. */
export const isLoopbackOnly = (instance: Pick<Instance, "state" | "listening">, port: GuestPort): boolean =>
  listenerAt(instance, port)?.loopback === true;

type Ports = Pick<Instance, "state" | "listening" | "ports" | "pendingPorts">;

/** What listens in the guest, could be reached from outside, and has no port forward yet. */
export function unpublished(instance: Ports): Listener[] {
  if (!isAlive(instance)) return [];
  const forwards = [...instance.ports, ...instance.pendingPorts];
  return instance.listening.filter(
    ({ protocol, port, loopback }) =>
      !loopback && !forwards.some((one) => one.guest === port && one.protocol === protocol),
  );
}
