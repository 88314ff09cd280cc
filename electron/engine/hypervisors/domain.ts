/** Hypervisors: the drivers that instances run on. */

import { join } from "node:path";
import type { Calls } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import type { DriverMaker } from "./driver.ts";
import { Hypervisors } from "./hypervisors.ts";

interface Deps extends World {
  /** The default one first. */
  drivers: readonly [DriverMaker, ...DriverMaker[]];
}

export function hypervisors({ homes, resources, drivers: [first, ...others] }: Deps) {
  const world = { homes, bundledPithKernel: join(resources.pith, "kernel.img") };
  const all = new Hypervisors([first(world), ...others.map((make) => make(world))]);
  return {
    provides: { hypervisors: all },
    calls: { hypervisors: { list: () => all.list() } } satisfies Calls<"hypervisors">,
    tell: () => ({ hypervisors: all.list() }),
    close: () => all.close(),
  };
}
