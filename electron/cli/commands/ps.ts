/** `unideck ps`. */

import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isStopped } from "../../../shared/instance-state.ts";
import { formatAge, formatTable, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function ps({ all, json }: { all: boolean; json: boolean }): Promise<void> {
  const instances = await withEngine((client) => client.instances.list(), { isBrief: true });
  const shown = instances.filter(({ state }) => all || !["created", "exited", "failed", "damaged"].includes(state));
  print(shown.map(summaryOf), { json, text: () => formatInstances(shown) });
}

/** An instance as `--json` tells it. What is not known is null, so that every object has the same fields. */
export function summaryOf(instance: Instance) {
  const { id, name, image, state, exit, ports, addresses, hypervisor, options, memoryBytes, cpus, times } = instance;
  return {
    id,
    name,
    image,
    state,
    exitCode: exit?.code ?? null,
    signal: exit?.signal ?? null,
    reason: exit?.reason ?? null,
    ports,
    addresses,
    hypervisor,
    machine: options.machine ?? null,
    accelerator: options.accelerator ?? null,
    memoryBytes,
    cpus,
    times,
    problem: instance.problem ?? null,
    damage: instance.damage ?? null,
  };
}

function formatInstances(instances: Instance[]): string {
  const rows = instances.map((instance) => [
    instance.name,
    instance.id.slice(0, 8),
    instance.image,
    formatState(instance),
    instance.ports.map(formatPort).join(" "),
    formatAge(instance.times.starting ?? instance.times.created),
  ]);
  const damages = instances.flatMap(({ name, damage }) => (damage ? [[name, damage.folder, damage.reason]] : []));
  const table = formatTable(["NAME", "ID", "IMAGE", "STATE", "PORTS", "STARTED"], rows);
  return damages.length > 0 ? `${table}\n${formatTable(["DAMAGED", "FOLDER", "REASON"], damages)}` : table;
}

/** `running`, `exited 0`, `stopped`, `exited 139 SIGSEGV`. */
export function formatState({ state, exit }: Instance): string {
  if (state === "exited" && exit && isStopped(exit)) return "stopped";
  return [state, exit?.code, exit?.signal].filter((part) => part !== undefined).join(" ");
}

export const formatPort = ({ hostAddress, host, guest, protocol }: PortForward) =>
  `${hostAddress}:${host}→${guest}${protocol === "udp" ? "/udp" : ""}`;
