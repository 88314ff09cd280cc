/**
 * An instance's forwards: which there are, and how they change while it runs. What is wished for is kept in order; the ports
 * of a run stand at the same places.
 */

import type { PortForward } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { Problem } from "../../../shared/problem.ts";
import type { MachineNetwork } from "../hypervisors/driver.ts";
import type { HostSide } from "../hypervisors/port-holder.ts";
import { canBind, chooseHostPorts, refuseUnfit } from "./host-ports.ts";
import { hasUserNetwork } from "./machine-plan.ts";
import type { InstanceRecord } from "./record.ts";

type Ports = Pick<InstanceRecord, "ports" | "spec" | "state" | "kernel">;

/** A forward by its side of the host; by its guest port too where the other is yet to be chosen. */
export type WhichPort = HostSide & { guest?: number | undefined };

/** What an instance shows: its run's forwards, and those that wait for the next start. Pure. */
export function viewPorts(record: Ports): { ports: PortForward[]; pendingPorts: PortForward[] } {
  const { ports, spec } = record;
  if (isAlive(record)) return { ports, pendingPorts: spec.ports.slice(ports.length) };
  return { ports: spec.ports.map((wish, i) => hostPortOf(wish, ports[i])), pendingPorts: [] };
}

/** A wish for any port shows the one that it had. */
function hostPortOf(wish: PortForward, had: PortForward | undefined): PortForward {
  return wish.host === 0 ? { ...wish, host: had?.host ?? 0 } : wish;
}

/** Gives what changes in the record. `network`: of the machine that runs. Throws port.busy, port.invalid, QmpError. */
export async function addPort(
  record: Ports,
  wish: PortForward,
  network: MachineNetwork | undefined,
): Promise<Pick<InstanceRecord, "ports" | "spec">> {
  const { ports } = record;
  const all = [...record.spec.ports, wish];
  refuseUnfit([...viewPorts(record).ports, ...viewPorts(record).pendingPorts, wish]);
  const spec = { ...record.spec, ports: all };
  if (!network) return { spec, ports: all.map((one, i) => hostPortOf(one, ports[i])) };
  if (!hasUserNetwork(record, ports)) return { spec, ports };
  const [chosen = wish] = await chooseHostPorts([wish]);
  try {
    await network.addForward(chosen);
  } catch (error) {
    throw (await isQemuFull(error, chosen)) ? qemuFull(chosen, error) : error;
  }
  return { spec, ports: [...ports, chosen] };
}

export const QEMU_FULL_HINT =
  "The guest probably has as many connections open as QEMU allows. Try again when it has closed some.";

/** QEMU gives the same answer where somebody has the port and where it may not open one more socket. */
async function isQemuFull(error: unknown, forward: PortForward): Promise<boolean> {
  return error instanceof Problem && error.code === "port.busy" && (await canBind(forward));
}

const qemuFull = ({ host }: PortForward, cause: unknown) =>
  new Problem("hypervisor.failed", `QEMU could not open port ${host} of the host, which is free`, {
    hint: QEMU_FULL_HINT,
    cause,
  });

/** The same for a forward that is to go. Throws port.not-found, QmpError. */
export async function removePort(
  record: Ports,
  which: WhichPort,
  network: MachineNetwork | undefined,
): Promise<Pick<InstanceRecord, "ports" | "spec">> {
  const { ports, pendingPorts } = viewPorts(record);
  const at = [...ports, ...pendingPorts].findIndex(
    ({ protocol, hostAddress, host, guest }) =>
      protocol === which.protocol &&
      hostAddress === which.hostAddress &&
      host === which.host &&
      (which.guest === undefined || guest === which.guest),
  );
  if (at < 0)
    throw new Problem("port.not-found", `Port ${which.host} (${which.protocol}) is not published`, {
      hint: "“unideck ports NAME” lists the published ports.",
    });
  const forward = record.ports[at];
  if (network && forward) await network.removeForward(forward);
  const without = (list: readonly PortForward[]) => list.filter((_, i) => i !== at);
  return { spec: { ...record.spec, ports: without(record.spec.ports) }, ports: without(record.ports) };
}
