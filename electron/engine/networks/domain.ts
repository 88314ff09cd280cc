/** Private networks. */

import type { GatewayDriver } from "../hypervisors/driver.ts";
import type { Calls } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import { hostSubnets } from "./host-subnets.ts";
import { Networks } from "./networks.ts";
import { watchTraffic } from "./traffic.ts";

interface Deps extends World {
  gateway: GatewayDriver;
}

export function networks({ homes, resources, events, machines, warn, gateway }: Deps) {
  const all = new Networks({
    folder: homes.networks,
    program: resources.networkSwitch,
    events,
    hostSubnets,
    gateway,
    isAlive: (instance) => machines.alive().some(({ id }) => id === instance),
    warn,
  });
  return {
    provides: { networks: all },
    calls: {
      networks: {
        list: () => all.list(),
        create: (wish) => all.create(wish),
        remove: async ({ name, force }) => {
          await all.remove(name, force);
          return { name };
        },
        traffic: ({ instance }, signal) => watchTraffic({ networks: all, instances: machines }, instance, signal),
      },
    } satisfies Calls<"networks">,
    tell: () => ({ networks: all.list() }),
    open: () => all.open(),
    settle: () => void all.adopt(),
    close: () => all.close(),
  };
}
