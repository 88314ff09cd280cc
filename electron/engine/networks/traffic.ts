/** What goes through: as the switches of private networks count it, and as guests do. */

import { setTimeout as sleep } from "node:timers/promises";
import type { TrafficReport } from "../../../shared/contract/networks.ts";

const EVERY_MS = 1000;

interface Sources {
  networks: { traffic(): Promise<TrafficReport["networks"]> };
  instances: { traffic(instance: string | undefined): Promise<TrafficReport["machines"]> };
}

/** Once a second, until the abort. */
export async function* watchTraffic(
  { networks, instances }: Sources,
  instance: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrafficReport, void> {
  while (!signal?.aborted) {
    const [switched, machines] = await Promise.all([networks.traffic(), instances.traffic(instance)]);
    yield { at: Date.now(), networks: switched, machines };
    await sleep(EVERY_MS, undefined, { ref: false, ...(signal && { signal }) }).catch(() => undefined);
  }
}
