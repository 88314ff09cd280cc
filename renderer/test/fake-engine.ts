/**
 * An engine in memory behind the real contract: inputs and outputs are checked as the real one's are. Tests put things
 * into it, let the renderer act on it, and look at what it was asked. Its calls stand beside it, by subject.
 */

import { createRouterClient } from "@orpc/server";
import { type Changes, type EngineEvent, mirrors, Snapshot } from "../../shared/contract/events.ts";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type { ConsoleChunk, Instance } from "../../shared/contract/instances.ts";
import type { Task } from "../../shared/contract/tasks.ts";
import { Problem } from "../../shared/problem.ts";
import { bridgeCalls } from "./fake-bridges.ts";
import { captureCalls } from "./fake-captures.ts";
import { type Asked, fakeContract, unknownCalls } from "./fake-contract.ts";
import { imageCalls, imageContentsCalls } from "./fake-images.ts";
import { instanceCalls } from "./fake-instances.ts";
import { kernelCalls } from "./fake-kernels.ts";
import { networkCalls } from "./fake-networks.ts";
import { settingsCalls } from "./fake-settings.ts";
import { stagingCalls } from "./fake-staging.ts";
import { taskCalls } from "./fake-tasks.ts";
import { type FakeState, type FakeWorld, fakeWorld } from "./fake-world.ts";

export class FakeEngine implements FakeState {
  readonly asked: Asked[] = [];
  readonly world: FakeWorld;
  readonly client: UnideckClient;
  readonly router;
  /** Consoles that are being read at this moment. */
  openConsoles = 0;
  #connection = 0;
  readonly #listeners = new Set<() => void>();
  readonly #log: EngineEvent[] = [];

  constructor(world: Partial<FakeWorld> = {}) {
    this.world = fakeWorld(world);
    this.router = this.#router();
    this.client = createRouterClient(this.router);
  }

  snapshot(): Snapshot {
    const { images, instances, tasks, networks, bridges, kernels, settings } = this.world;
    const places = { home: "/home/me/.unideck", opsHome: "/home/me/.ops" };
    const engine = { version: "0.1.0", ...places, platform: "linux x64", notices: [] };
    const known = { images, instances, tasks, networks, bridges, kernels, settings };
    // Of domains that it does not know there is nothing.
    const nothing = Object.fromEntries(Object.keys(mirrors).map((domain) => [domain, []]));
    return Snapshot.parse({ type: "snapshot", engine, ...nothing, ...known });
  }

  /** Tells every subscriber of a change. */
  tell(changes: Omit<Changes, "type">): void {
    this.#log.push({ type: "changes", ...changes });
    for (const wake of this.#listeners) wake();
  }

  /** Puts an instance in or changes it, and says so. */
  put(instance: Instance): void {
    this.world.instances = [...this.world.instances.filter(({ id }) => id !== instance.id), instance];
    this.tell({ instances: { upsert: [instance], remove: [] } });
  }

  find(id: string): Instance {
    const instance = this.world.instances.find((one) => one.id === id);
    if (!instance) throw new Problem("instance.not-found", `There is no instance ${id}`);
    return instance;
  }

  become(id: string, change: (instance: Instance) => Partial<Instance>): Instance {
    const instance = this.find(id);
    const changed = { ...instance, ...change(instance) };
    this.put(changed);
    return changed;
  }

  /** Adds to an instance's console. */
  write(id: string, text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const before = this.world.consoles[id] ?? new Uint8Array();
    const whole = new Uint8Array(before.length + bytes.length);
    whole.set(before);
    whole.set(bytes, before.length);
    this.world.consoles[id] = whole;
    for (const wake of this.#listeners) wake();
  }

  /** Every console that is being read breaks off, as when the engine goes away. */
  breakConsoles(): void {
    this.#connection++;
    for (const wake of this.#listeners) wake();
  }

  startTask(task = this.world.build()): Task {
    this.world.tasks = [...this.world.tasks, task];
    this.tell({ tasks: { upsert: [task], remove: [] } });
    return task;
  }

  inputsOf(call: string): unknown[] {
    return this.asked.filter((one) => one.call === call).map(({ input }) => input);
  }

  async #change(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#listeners.delete(wake);
        resolve();
      };
      this.#listeners.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  async *#events(signal: AbortSignal | undefined): AsyncGenerator<EngineEvent> {
    let at = this.#log.length;
    yield this.snapshot();
    while (!signal?.aborted) {
      for (; at < this.#log.length; at++) {
        const event = this.#log[at];
        if (event) yield event;
      }
      await this.#change(signal);
    }
  }

  /** The console from `from` on, as the real one is read. */
  async *console(
    id: string,
    from: number,
    follow: boolean,
    signal: AbortSignal | undefined,
    maxBytes = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<ConsoleChunk> {
    let at = from;
    const end = from + maxBytes;
    const connection = this.#connection;
    this.openConsoles++;
    try {
      while (!signal?.aborted) {
        const bytes = this.world.consoles[id] ?? new Uint8Array();
        while (at < Math.min(bytes.length, end)) {
          const piece = bytes.subarray(at, Math.min(at + 65536, end));
          const run = this.world.runs[id]?.find(({ at: begins }) => begins === at);
          yield {
            ...{ offset: at, bytes: Buffer.from(piece).toString("base64"), part: "program" },
            times: this.world.consoleTimes[id] ?? [],
            ...(run && { run }),
          };
          at += piece.length;
        }
        if (!follow || at >= end) return;
        await this.#change(signal);
        if (connection !== this.#connection) throw new Problem("engine.gone", "The engine went away");
      }
    } finally {
      this.openConsoles--;
    }
  }
  #router() {
    const { world } = this;
    const os = fakeContract(this.asked);
    return os.router({
      ...unknownCalls(),
      programs: {
        inspect: os.programs.inspect.handler(({ input }) => world.inspect(input.path)),
        runtime: os.programs.runtime.handler(({ input }) => world.runtime(input.path)),
        sample: os.programs.sample.handler(() => ({ path: "/opt/unideck/samples/hello" })),
      },
      configurations: { open: os.configurations.open.handler(({ input }) => world.openConfiguration(input.path)) },
      images: imageCalls(os, this),
      imageContents: imageContentsCalls(os, this),
      instances: instanceCalls(os, this),
      captures: captureCalls(os, this),
      kernels: kernelCalls(os, this),
      networks: networkCalls(os, this),
      bridges: bridgeCalls(os, this),
      tasks: taskCalls(os, this),
      doctor: { run: os.doctor.run.handler(() => world.doctor) },
      settings: settingsCalls(os, this),
      staging: stagingCalls(os, this),
      events: { subscribe: os.events.subscribe.handler(({ signal }) => this.#events(signal)) },
    });
  }
}
