/** The doctor: what this computer has and lacks. */

import type { Accelerators } from "../hypervisors/qemu/accelerator.ts";
import type { KernelReleases } from "../kernels/releases.ts";
import type { Calls } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import type { BridgeHelper } from "../networks/bridge/helper.ts";
import { Doctor } from "./doctor.ts";

interface Needs extends World {
  kernels: KernelReleases;
  bridgeHelper: BridgeHelper;
  instances: { accelerators: Accelerators };
}

export function doctor({ homes, kernels, bridgeHelper, instances }: Needs) {
  const itself = new Doctor({
    homes,
    kernels,
    accelerators: instances.accelerators,
    bridgeHelper: process.platform === "linux" ? bridgeHelper : undefined,
  });
  return { calls: { doctor: { run: (how) => itself.run(how) } } satisfies Calls<"doctor"> };
}
