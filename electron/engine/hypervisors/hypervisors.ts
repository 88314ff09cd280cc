/** The drivers of this engine, by name. */

import type { HypervisorInfo } from "../../../shared/contract/hypervisors.ts";
import { Problem } from "../../../shared/problem.ts";
import type { Driver, DriverCheck, MachineHandle } from "./driver.ts";

/** A machine that was found running. */
export interface FoundMachine {
  hypervisor: string;
  handle: MachineHandle;
}

export class Hypervisors {
  readonly #drivers: readonly [Driver, ...Driver[]];

  /** The first is the default of new instances. */
  constructor(drivers: readonly [Driver, ...Driver[]]) {
    this.#drivers = drivers;
  }

  /** The default where `name` is absent. Throws hypervisor.unknown. */
  get(name: string | undefined): Driver {
    const found = name === undefined ? this.#drivers[0] : this.#drivers.find(({ info }) => info.name === name);
    if (found) return found;
    throw new Problem("hypervisor.unknown", `There is no hypervisor named ${name}`, {
      hint: `Choose one of: ${this.list()
        .map((info) => info.name)
        .join(", ")}.`,
    });
  }

  list(): HypervisorInfo[] {
    return this.#drivers.map(({ info }) => info);
  }

  /** The machines that run, by the folder of their instance. */
  async find(): Promise<Map<string, FoundMachine>> {
    const found = await Promise.all(
      this.#drivers.map(async (driver) =>
        [...(await driver.find())].map(
          ([folder, handle]) => [folder, { hypervisor: driver.info.name, handle }] as const,
        ),
      ),
    );
    return new Map(found.flat());
  }

  checks(): DriverCheck[] {
    return this.#drivers.flatMap((driver) => driver.checks());
  }

  async close(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.close()));
  }
}
