/** Watches one run of an instance: its console, its events, and what they mean for the instance. */

import type { Instance, Listener, PortForward } from "../../../shared/contract/instances.ts";
import type { InstanceFiles } from "../hypervisors/instance-files.ts";
import { watchGrowth } from "../lib/growth-watch.ts";
import { watchForAnswers } from "./answers.ts";
import type { Console } from "./console.ts";
import { GuestEvents } from "./guest-events.ts";

/** What a run has shown so far. */
export type Signs = Pick<Instance, "milestones" | "firstOutputSource" | "addresses" | "listening" | "rawTerminal"> & {
  firstOutput?: number | undefined;
};

/** The times of files come from a clock that goes in steps, and so lag behind. */
const FILE_CLOCK_LAG_MS = 20;

export interface ObservationOptions {
  console: Console;
  files: InstanceFiles;
  /** Where the run begins in the console and in the events. */
  consoleFrom: number;
  eventsFrom: number;
  /** Milliseconds since 1970; nothing happened before. */
  startedAt: number;
  /** Whether the guest reports its own first output; else the console's first byte is it. */
  reportsEvents: boolean;
  /** What the kernel has remarked in this run and was written down already. */
  knownRemarks?: readonly string[];
}

export class Observation {
  readonly events: GuestEvents;
  readonly #options: ObservationOptions;
  #unwatch: (() => void) | undefined;
  #firstByteAt: number | undefined;
  /** When a person first typed something. */
  #typedAt: number | undefined;
  readonly #over = new AbortController();
  /** Remarks that were taken, by us or by an engine before us. */
  readonly #knownRemarks: Set<string>;
  /** What has answered, where the kernel does not tell who listens. */
  readonly #answered: Listener[] = [];
  #signsChanged: () => void = () => {};

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.#knownRemarks = new Set(options.knownRemarks);
    this.events = new GuestEvents(options.files.events, options.eventsFrom);
  }

  /**
   * Calls `consoleGrew` and `signsChanged` as things happen, until `stop`. Nothing that is there already is reported: `look`
   * is for that.
   */
  start(consoleGrew: () => void, signsChanged: () => void): void {
    const { files } = this.#options;
    this.#signsChanged = signsChanged;
    this.#unwatch = watchGrowth([files.serialLog, files.virtioLog, files.events], () => {
      const before = this.#firstByteAt;
      if (this.#lookAtConsole()) consoleGrew();
      if (this.#firstByteAt !== before) signsChanged();
      void this.events
        .read()
        .then((hasNew) => {
          if (hasNew) signsChanged();
        })
        // The folder is being deleted; its watch ends with it.
        .catch(() => {});
    });
  }

  /** These lead to the guest: whether something answers there is a sign too. */
  expectAnswers(forwards: readonly PortForward[]): void {
    if (this.#options.reportsEvents) return;
    const take = (listener: Listener) => {
      this.#answered.push(listener);
      this.#signsChanged();
    };
    watchForAnswers(forwards, take, this.#over.signal);
  }

  /** A person has typed: what comes first after that is an answer, and its time says nothing of the start. */
  noteTyping(): void {
    this.#typedAt ??= Date.now() - FILE_CLOCK_LAG_MS;
  }

  stop(): void {
    this.#over.abort();
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** Takes in everything that is there. */
  async look(): Promise<void> {
    this.#lookAtConsole();
    await this.events.read();
  }

  /** Whether the guest has done anything that shows. */
  get guestLived(): boolean {
    return this.events.milestones.length > 0 || this.#options.console.totalBytes > this.#options.consoleFrom;
  }

  get signs(): Signs {
    const { reportsEvents, startedAt } = this.#options;
    const { addresses, listening, rawTerminal } = this.events;
    const seen = {
      milestones: [...this.events.milestones],
      addresses: addresses.map((one) => ({ ...one })),
      listening: [...listening, ...this.#answered],
      rawTerminal,
    };
    const byProgram = this.events.momentOf("first-write");
    if (byProgram !== undefined) {
      // A guest's clock is not to be trusted to stay within the run.
      const firstOutput = Math.min(Math.max(byProgram, startedAt), Date.now());
      if (this.#typedAt !== undefined && firstOutput >= this.#typedAt) return seen;
      return { ...seen, firstOutput, firstOutputSource: "program" };
    }
    if (reportsEvents || this.#firstByteAt === undefined || this.#firstByteAt >= (this.#typedAt ?? Infinity))
      return seen;
    return { ...seen, firstOutput: this.#firstByteAt, firstOutputSource: "console" };
  }

  /** What the kernel has remarked since the last call. */
  takeRemarks(): string[] {
    const fresh = this.events.remarks.filter((text) => !this.#knownRemarks.has(text));
    for (const text of fresh) this.#knownRemarks.add(text);
    return fresh;
  }

  #lookAtConsole(): boolean {
    const { console, consoleFrom } = this.#options;
    const hasGrown = console.grow();
    if (hasGrown && console.totalBytes > consoleFrom) this.#firstByteAt ??= Date.now();
    return hasGrown;
  }
}
