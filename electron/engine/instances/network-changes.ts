/** What is changed about an instance's network while it may run: one change at a time, each remembered when it is made. */

import type { Attachment } from "../../../shared/contract/bridges.ts";
import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import type { MachineNetwork, RunningMachine } from "../hypervisors/driver.ts";
import type { InstanceFiles } from "../hypervisors/instance-files.ts";
import { capturePipe } from "../hypervisors/pipes.ts";
import {
  type CaptureFiles,
  CapturePipes,
  emptyCaptures,
  isCaptureFull,
  listCaptures,
  watchCaptures,
} from "./captures.ts";
import { bridgeCard } from "./card-names.ts";
import { addPort, QEMU_FULL_HINT, removePort, viewPorts, type WhichPort } from "./ports.ts";
import type { InstanceRecord } from "./record.ts";

const AT_REST_HINT = "Changes to a stopped instance apply at the next start.";

/** What of an instance's life this sees. */
export interface NetworkChangesDeps {
  record(): InstanceRecord;
  change(change: Partial<InstanceRecord>): void;
  save(): Promise<void>;
  /** Told of forwards that lead to the machine that runs, and did not before. */
  led(forwards: readonly PortForward[]): void;
  /** The machine that runs, or is being started. */
  machine(): RunningMachine | Promise<RunningMachine | undefined> | undefined;
  files: InstanceFiles;
  /** Settles when the keeper has seen which pipes there are; false where it does not answer. */
  pipesChanged(): Promise<boolean>;
  /** How large a captured file may become. */
  captureBytes(): number;
  say(sentence: string): void;
}

export class NetworkChanges {
  readonly #deps: NetworkChangesDeps;
  #latest: Promise<void> = Promise.resolve();
  readonly #pipes: CapturePipes;
  #captured: CaptureFiles;
  #unwatch: (() => void) | undefined;

  constructor(deps: NetworkChangesDeps) {
    this.#deps = deps;
    this.#pipes = new CapturePipes(deps.files.folder, () => deps.pipesChanged());
    this.#captured = listCaptures(deps.files);
  }

  /** What an instance shows of its network. */
  view(): Pick<Instance, "ports" | "pendingPorts" | "networks" | "bridges" | "capture"> {
    const record = this.#deps.record();
    const { networks, bridges, capture } = record.spec;
    return {
      ...viewPorts(record),
      networks,
      bridges,
      capture: { on: capture, isFull: record.captureIsFull, files: this.#captured },
    };
  }

  /** Throws port.busy, port.invalid, hypervisor.failed. */
  addPort(wish: PortForward): Promise<void> {
    return this.#make((record, network) => addPort(record, wish, network));
  }

  /** Throws port.not-found, hypervisor.failed. */
  removePort(which: WhichPort): Promise<void> {
    return this.#make((record, network) => removePort(record, which, network));
  }

  /** What it is to be a member of, at the next start. */
  setNetworks(networks: string[]): Promise<void> {
    return this.#make(async ({ spec }) => ({ spec: { ...spec, networks } }));
  }

  /** Begins a capture, or ends it; at rest, the next start begins it. Throws hypervisor.failed, disk.write-failed. */
  setCapture(on: boolean, { isFull = false } = {}): Promise<void> {
    return this.#make(async ({ spec }, network) => {
      const cards = (await network?.cards()) ?? [];
      const those = cards.filter(({ isCaptured }) => isCaptured !== on);
      if (on && those.length === cards.length) await emptyCaptures(this.#deps.files);
      if (network && on) await this.#beginCaptures(network, those);
      for (const { name } of on ? [] : those) await network?.endCapture(name);
      if (!on) await this.#pipes.close();
      if (on && network) this.#watch();
      else this.#look();
      return { spec: { ...spec, capture: on }, captureIsFull: isFull };
    });
  }

  async #beginCaptures(network: MachineNetwork, cards: readonly { name: string }[]): Promise<void> {
    const begun: string[] = [];
    try {
      await this.#pipes.open(cards.map(({ name }) => name));
      for (const { name } of cards) {
        await network.beginCapture(name, capturePipe(this.#deps.files.folder, name));
        begun.push(name);
      }
    } catch (error) {
      // All cards or none.
      for (const name of begun) await network.endCapture(name);
      await this.#pipes.close();
      throw error;
    } finally {
      this.#pipes.opened();
    }
  }

  /** A machine has been started, or adopted: what it captures it says itself, whatever the record has. */
  follow(machine: RunningMachine): void {
    this.#captured = listCaptures(this.#deps.files);
    void machine.ended.then(() => {
      this.#pipes.release();
      this.#look();
    });
    void machine.started
      .then(async (isThere) => {
        if (!isThere) return;
        const cards = await machine.network.cards();
        const isCaptured = cards.some((card) => card.isCaptured);
        const { spec } = this.#deps.record();
        if (cards.length > 0 && isCaptured !== spec.capture)
          this.#deps.change({ spec: { ...spec, capture: isCaptured } });
        if (isCaptured) this.#watch();
      })
      .catch((error: unknown) => this.#deps.say(`The captured cards are unknown: ${String(error)}`));
  }

  close(): void {
    this.#pipes.release();
    this.#stopWatching();
  }

  #stopWatching(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** As it is now; no more is expected. */
  #look(): void {
    this.#stopWatching();
    this.#captured = listCaptures(this.#deps.files);
    this.#deps.change({});
  }

  #watch(): void {
    this.#stopWatching();
    let isEnding = false;
    this.#unwatch = watchCaptures(this.#deps.files, (now) => {
      this.#captured = now;
      this.#deps.change({});
      const limit = this.#deps.captureBytes();
      if (isEnding || (now.every(({ sizeBytes }) => sizeBytes < limit) && !isCaptureFull(this.#deps.files))) return;
      isEnding = true;
      this.#deps.say(`The capture was stopped: a file reached its limit of ${limit} bytes`);
      this.setCapture(false, { isFull: true })
        // It is tried again as the file grows on.
        .catch((error: unknown) => this.#deps.say(String(error)))
        .finally(() => {
          isEnding = false;
        });
    });
  }

  /** Where it is to be plugged in, at the next start. */
  setBridges(bridges: Attachment[]): Promise<void> {
    return this.#make(async ({ spec }) => ({ spec: { ...spec, bridges } }));
  }

  /** QEMU does not notice that a TAP is gone, and would ask it for packets without end. */
  unplug(bridge: string): Promise<void> {
    return this.#make(async ({ spec }, network) => {
      const cards = (await network?.cards()) ?? [];
      for (const [i, one] of spec.bridges.entries())
        if (one.kind === "bridge" && one.bridge === bridge)
          for (const { name } of cards) if (name === bridgeCard(i, bridge)) await network?.unplug(name);
      return {};
    });
  }

  /** After the one before, so that each sees what that has made. */
  #make(
    change: (record: InstanceRecord, network: MachineNetwork | undefined) => Promise<Partial<InstanceRecord>>,
  ): Promise<void> {
    const made = this.#latest.then(async () => {
      const machine = await this.#deps.machine();
      const isThere = machine !== undefined && (await machine.started);
      try {
        const before = this.#deps.record().ports;
        this.#deps.change(await change(this.#deps.record(), isThere ? machine.network : undefined));
        if (isThere) this.#deps.led(this.#deps.record().ports.filter((port) => !before.includes(port)));
      } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem("hypervisor.failed", `The network of ${this.#deps.record().name} could not be changed`, {
          hint: /too many open files/i.test(String(error)) ? QEMU_FULL_HINT : AT_REST_HINT,
          details: String(error),
          cause: error,
        });
      }
      await this.#deps.save();
    });
    this.#latest = made.catch(() => {});
    return made;
  }
}
