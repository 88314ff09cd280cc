/** An instance's network: what leads to it, which interfaces it has and what goes through, its packets. Changed while it runs. */

import type { Instance } from "../../../shared/contract/instances.ts";
import { Packets } from "./capture.tsx";
import { Interfaces } from "./interfaces.tsx";
import { Ports } from "./ports.tsx";

export function NetworkPane({ instance }: { instance: Instance }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-[22px] overflow-y-auto px-5 py-[18px]">
      <Ports instance={instance} />
      <Interfaces instance={instance} />
      <Packets instance={instance} />
    </div>
  );
}
