/** What is changed about an instance's network while it may run: one change at a time, each remembered when it is made. */

import type { PortForward } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import type { MachineNetwork, RunningMachine } from "./hypervisor.ts";
import { addPort, removePort, type WhichPort } from "./ports.ts";
import type { InstanceRecord } from "./record.ts";

/** What of an instance's life this sees. */
export interface NetworkSeat {
  record(): InstanceRecord;
  change(change: Partial<InstanceRecord>): void;
  save(): Promise<void>;
  /** Told of forwards that lead to the machine that runs, and did not before. */
  led(forwards: readonly PortForward[]): void;
  /** The machine that runs, or is being started. */
  machine(): RunningMachine | Promise<RunningMachine | undefined> | undefined;
}

export class NetworkChanges {
  readonly #seat: NetworkSeat;
  #latest: Promise<void> = Promise.resolve();

  constructor(seat: NetworkSeat) {
    this.#seat = seat;
  }

  /** Throws port.busy, port.invalid, qemu.failed. */
  addPort(wish: PortForward): Promise<void> {
    return this.#make((record, network) => addPort(record, wish, network));
  }

  /** Throws port.not-found, qemu.failed. */
  removePort(which: WhichPort): Promise<void> {
    return this.#make((record, network) => removePort(record, which, network));
  }

  /** What it is to be a member of, from the next start on. */
  setNetworks(networks: string[]): Promise<void> {
    return this.#make(async ({ wishes }) => ({ wishes: { ...wishes, networks } }));
  }

  /** After the one before, so that each sees what that has made. */
  #make(
    change: (record: InstanceRecord, network: MachineNetwork | undefined) => Promise<Partial<InstanceRecord>>,
  ): Promise<void> {
    const made = this.#latest.then(async () => {
      const machine = await this.#seat.machine();
      const isThere = machine !== undefined && (await machine.started);
      try {
        const before = this.#seat.record().ports;
        this.#seat.change(await change(this.#seat.record(), isThere ? machine.network : undefined));
        if (isThere) this.#seat.led(this.#seat.record().ports.filter((port) => !before.includes(port)));
      } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem("qemu.failed", `The network of ${this.#seat.record().name} could not be changed`, {
          hint: "Try again; a change at rest holds from the next start on.",
          details: String(error),
          cause: error,
        });
      }
      await this.#seat.save();
    });
    this.#latest = made.catch(() => {});
    return made;
  }
}
