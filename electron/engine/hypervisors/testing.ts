/** Drivers for tests. */

import { join } from "node:path";
import type { Driver } from "./driver.ts";
import { Hypervisors } from "./hypervisors.ts";
import { Accelerators } from "./qemu/accelerator.ts";
import { Qemu } from "./qemu/qemu.ts";

/** QEMU over a home's instances; nothing is known of accelerators, and none is tried. */
export function testQemu(home: string, Kind: typeof Qemu = Qemu): Qemu {
  const accelerators = new Accelerators({ path: join(home, "accelerators.json"), kernel: join(home, "no-kernel") });
  return new Kind(join(home, "instances"), accelerators);
}

export const testHypervisors = (home: string, driver: Driver = testQemu(home)) => new Hypervisors([driver]);
