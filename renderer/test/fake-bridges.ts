/** Calls about bridges, as the engine of component tests answers them: a bridge that is set up waits for its confirmation. */

import type { Bridge } from "../../shared/contract/bridges.ts";
import { Problem } from "../../shared/problem.ts";
import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function bridgeCalls({ bridges: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  const put = (bridge: Bridge) => {
    world.bridges = [...world.bridges.filter(({ name }) => name !== bridge.name), bridge];
    engine.tell({ bridges: { upsert: [bridge], remove: [] } });
    return bridge;
  };
  return {
    list: os.list.handler(() => world.bridges),
    host: os.host.handler(() => world.bridgeHost),
    plan: os.plan.handler(({ input }) => world.planBridge(input.wish)),
    apply: os.apply.handler(({ input: { wish, consent, seconds } }) => {
      const { consent: needed } = world.planBridge(wish);
      if (needed && consent !== needed.interface) throw new Problem("network.consent", "It needs a consent of its own");
      const undoneAt = Date.now() + seconds * 1000;
      const { name, uplink } = wish;
      return { bridge: put({ name, state: "waiting", uplink, addresses: [], taps: [`${name}-t0`], wish, undoneAt }) };
    }),
    confirm: os.confirm.handler(({ input: { name } }) => {
      const bridge = world.bridges.find((one) => one.name === name);
      if (!bridge) throw new Problem("network.not-found", `There is no bridge ${name}`);
      return put({ ...bridge, state: "ready", undoneAt: undefined });
    }),
    undo: os.undo.handler(({ input: { name } }) => {
      world.bridges = world.bridges.filter((bridge) => bridge.name !== name);
      engine.tell({ bridges: { upsert: [], remove: [name] } });
      return {};
    }),
  };
}
