/**
 * The machines of instances, for the domains that instances stand on: these are opened before, so the domain of instances answers
 * here once it is there. Until then there are none.
 */

import type { Instance } from "../../../shared/contract/instances.ts";
import type { TrafficReport } from "../../../shared/contract/networks.ts";
import { isAlive } from "../../../shared/instance-state.ts";

interface Source {
  list(): Instance[];
  /** Takes a machine's cards off a bridge that is gone. */
  unplug(instance: string, bridge: string): Promise<void>;
  traffic(instance: string | undefined): Promise<TrafficReport["machines"]>;
}

const nobody: Source = { list: () => [], unplug: async () => {}, traffic: async () => [] };

export class Machines {
  #source = nobody;

  answerBy(source: Source): void {
    this.#source = source;
  }

  /** Instances whose machines run. */
  alive(): Instance[] {
    return this.#source.list().filter(isAlive);
  }

  unplug(instance: string, bridge: string): Promise<void> {
    return this.#source.unplug(instance, bridge);
  }

  traffic(instance: string | undefined): Promise<TrafficReport["machines"]> {
    return this.#source.traffic(instance);
  }
}
