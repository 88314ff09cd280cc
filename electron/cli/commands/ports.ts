/** `unideck ports …`: what leads to an instance. */

import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isReady } from "../../../shared/instance-state.ts";
import { formatTable, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface Options {
  json: boolean;
}

export async function listPorts(name: string, options: Options): Promise<void> {
  show(await withEngine((client) => client.instances.get({ id: name }), { isBrief: true }), options);
}

export async function addPorts(name: string, forwards: PortForward[], options: Options): Promise<void> {
  const instance = await withEngine(
    async (client) => {
      for (const forward of forwards) await client.instances.addPort({ id: name, forward });
      return client.instances.get({ id: name });
    },
    { isBrief: true },
  );
  show(instance, options);
}

export async function removePorts(name: string, forwards: PortForward[], options: Options): Promise<void> {
  const instance = await withEngine(
    async (client) => {
      for (const { protocol, hostAddress, host } of forwards)
        await client.instances.removePort({ id: name, protocol, hostAddress, host });
      return client.instances.get({ id: name });
    },
    { isBrief: true },
  );
  show(instance, options);
}

function show(instance: Instance, { json }: Options): void {
  const { ports, pendingPorts } = instance;
  const row = (forward: PortForward, state: string) => {
    const { hostAddress, host, guest, protocol } = forward;
    return [host === 0 ? "any free port" : `${hostAddress}:${host}`, String(guest), protocol, state];
  };
  const rows = [
    ...ports.map((forward) => row(forward, isReady(instance, forward) ? "ready" : "")),
    ...pendingPorts.map((forward) => row(forward, "from the next start on")),
  ];
  print({ ports, pendingPorts }, { json, text: () => formatTable(["HOST", "GUEST", "PROTOCOL", "STATE"], rows) });
}
