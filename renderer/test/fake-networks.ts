/** Calls about networks, as the engine of component tests answers them. */

import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function networkCalls({ networks: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  return {
    list: os.list.handler(() => world.networks),
    create: os.create.handler(({ input: { name, subnet = "10.77.9.0/24", wayOut } }) => {
      const made = { name, subnet, wayOut, address: "10.77.9.1", running: false, createdAt: 1, members: [] };
      world.networks = [...world.networks, made];
      engine.tell({ networks: { upsert: [made], remove: [] } });
      return made;
    }),
    remove: os.remove.handler(({ input: { name } }) => {
      world.networks = world.networks.filter((network) => network.name !== name);
      engine.tell({ networks: { upsert: [], remove: [name] } });
      return { name };
    }),
    traffic: os.traffic.handler(async function* () {
      yield* world.traffic;
    }),
  };
}
