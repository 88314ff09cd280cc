/** Bridges of the host. */

import type { Calls } from "../../lib/domain-parts.ts";
import type { World } from "../../lib/world.ts";
import { Bridges } from "./bridges.ts";
import { BridgeHelper } from "./helper.ts";

export function bridges({ homes, resources, events, machines, warn }: World) {
  const bridgeHelper = new BridgeHelper(resources.networkHelper);
  const all = new Bridges({
    file: homes.bridges,
    helper: bridgeHelper,
    events,
    platform: process.platform,
    alive: () => machines.alive(),
    unplug: (instance, bridge) => machines.unplug(instance, bridge),
    warn,
  });
  return {
    provides: { bridges: all, bridgeHelper },
    calls: {
      bridges: {
        list: () => all.list(),
        host: () => all.host(),
        plan: (wish) => all.plan(wish),
        apply: (wish) => all.apply(wish),
        confirm: ({ name }) => all.confirm(name),
        undo: ({ name, ...how }) => all.undo(name, how),
      },
    } satisfies Calls<"bridges">,
    tell: () => ({ bridges: all.known() }),
    open: () => all.open(),
    // Machines may have lost a bridge meanwhile.
    settle: () => void all.list().catch((error: unknown) => warn(`Bridges could not be read: ${String(error)}`)),
    close: () => all.close(),
  };
}
