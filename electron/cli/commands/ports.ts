/** `unideck ports …`: what leads to an instance. */

import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isLoopbackOnly, isReady, unpublished } from "../../../shared/instance-state.ts";
import { visible } from "../../../shared/visible-text.ts";
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
  const { ports, pendingPorts, listening } = instance;
  const row = (forward: PortForward, state: string) => {
    const { hostAddress, host, guest, protocol } = forward;
    return [host === 0 ? "any free port port" : `${hostAddress}:${host}`, String(guest), protocol, state];
  };
  const rows = [
    ...ports.map((forward) => row(forward, stateOf(instance, forward))),
    ...pendingPorts.map((forward) => row(forward, "at the next start")),
  ];
  const table = () => formatTable(["HOST", "GUEST", "PROTOCOL", "STATE"], rows);
  print(
    { ports, pendingPorts, listening },
    {
      json,
      text: () =>
        `${table()}${notesOn(instance)
          .map((line) => `${visible(line)}\n`)
          .join("")}`,
    },
  );
}

function stateOf(instance: Instance, forward: PortForward): string {
  if (isReady(instance, forward)) return "ready";
  return isLoopbackOnly(instance, forward) ? "listens on 127.0.0.1 only" : "";
}

/** What a person would look for in vain: servers that no forward reaches. */
function notesOn(instance: Instance): string[] {
  const { name, ports } = instance;
  const inside = ports.filter((forward) => isLoopbackOnly(instance, forward)).map(({ guest }) => guest);
  const offers = unpublished(instance).map(({ port, protocol }) => {
    const suffix = protocol === "udp" ? "/udp" : "";
    return `${name} listens on ${port}${suffix}, which is not published: unideck ports add ${name} ${port}${suffix}`;
  });
  return [
    ...inside.map((port) => `Port ${port} cannot be reached: ${name} must listen on 0.0.0.0 instead of 127.0.0.1.`),
    ...offers,
  ];
}
