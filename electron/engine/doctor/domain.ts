/** The doctor: what this computer has and lacks. */

import type { Hypervisors } from "../hypervisors/hypervisors.ts";
import type { KernelReleases } from "../kernels/releases.ts";
import type { Calls } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import type { BridgeHelper } from "../networks/bridge/helper.ts";
import { Doctor } from "./doctor.ts";

interface Deps extends World {
  kernels: KernelReleases;
  bridgeHelper: BridgeHelper;
  hypervisors: Hypervisors;
}

export function doctor({ homes, kernels, bridgeHelper, hypervisors }: Deps) {
  const itself = new Doctor({
    homes,
    kernels,
    hypervisors,
    bridgeHelper: process.platform === "linux" ? bridgeHelper : undefined,
  });
  return { calls: { doctor: { run: (how) => itself.run(how) } } satisfies Calls<"doctor"> };
}
