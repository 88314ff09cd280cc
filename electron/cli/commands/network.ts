/** `unideck network …`: private networks. */

import { NetworkName } from "../../../shared/contract/networks.ts";
import { Problem } from "../../../shared/problem.ts";
import { formatTable, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface Options {
  json: boolean;
}

export async function listNetworks({ json }: Options): Promise<void> {
  const networks = await withEngine((client) => client.networks.list(), { isBrief: true });
  const rows = networks.map(({ name, subnet, wayOut, running, members }) => [
    name,
    subnet,
    wayOut ? "yes" : "no",
    running ? "running" : "",
    members.map((member) => `${member.name} ${member.address}`).join(", "),
  ]);
  print(networks, { json, text: () => formatTable(["NAME", "SUBNET", "OUTBOUND", "SWITCH", "MEMBERS"], rows) });
}

export async function createNetwork(
  text: string,
  { subnet, internal, json }: Options & { subnet?: string; internal: boolean },
): Promise<void> {
  const name = checked(text);
  const network = await withEngine((client) => client.networks.create({ name, subnet, wayOut: !internal }), {
    isBrief: true,
  });
  print(network, { json, text: () => [`${network.name} ${network.subnet}`] });
}

export async function removeNetworks(names: string[], { force, json }: Options & { force: boolean }): Promise<void> {
  await withEngine(
    async (client) => {
      for (const name of names.map(checked)) await client.networks.remove({ name, force });
      print(
        names.map((name) => ({ name })),
        { json, text: () => names },
      );
    },
    { isBrief: true },
  );
}

function checked(name: string): string {
  if (NetworkName.safeParse(name).success) return name;
  throw new Problem("network.invalid", `A network can't be named ${JSON.stringify(name.slice(0, 60))}`, {
    hint: "Use at most 31 lower-case letters, digits and dashes, beginning with a letter; not auto, user or none.",
  });
}
