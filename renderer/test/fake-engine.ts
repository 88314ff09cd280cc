/**
 * An engine in memory behind the real contract: inputs and outputs are checked as the real one's are. Tests put things
 * into it, let the renderer act on it, and look at what it was asked.
 */

import { createRouterClient, implement } from "@orpc/server";
import type { Configuration } from "../../shared/contract/configurations.ts";
import type { DoctorReport } from "../../shared/contract/doctor.ts";
import type { Changes, EngineEvent, Snapshot } from "../../shared/contract/events.ts";
import { contract, type UnideckClient } from "../../shared/contract/index.ts";
import type { ImageDetails, ImageEntry, ImageFinding, SpacePart } from "../../shared/contract/inside.ts";
import type { ConsoleChunk, Instance, LogLine } from "../../shared/contract/instances.ts";
import type { KernelCatalogue } from "../../shared/contract/kernels.ts";
import type { Network, TrafficReport } from "../../shared/contract/networks.ts";
import type { Inspection } from "../../shared/contract/programs.ts";
import { defaultSettings } from "../../shared/contract/settings.ts";
import type { Task } from "../../shared/contract/tasks.ts";
import { Problem } from "../../shared/problem.ts";
import { anInspection, aTask, pith } from "./samples.ts";

type Sbom = Awaited<ReturnType<UnideckClient["inside"]["sbom"]>>;

const noImage = (): never => {
  throw new Problem("image.not-found", "There is no such image");
};

/** A call that was made: its name in the contract and what it was given. */
export interface Asked {
  call: string;
  input: unknown;
}

export interface FakeWorld {
  instances: Instance[];
  images: Snapshot["images"];
  tasks: Task[];
  networks: Network[];
  /** What goes through them, report after report. */
  traffic: TrafficReport[];
  settings: Snapshot["settings"];
  kernels: Snapshot["kernels"];
  /** What may be downloaded. */
  catalogue: KernelCatalogue;
  /** Console bytes by instance. */
  consoles: Record<string, Uint8Array>;
  /** When they came, and at which offsets runs begin. */
  consoleTimes: Record<string, ConsoleChunk["times"]>;
  runs: Record<string, (NonNullable<ConsoleChunk["run"]> & { at: number })[]>;
  logs: Record<string, LogLine[]>;
  /** When something last reached a disk. */
  flushedAt: number;
  /** The system calls of traced runs. */
  traces: Record<string, string>;
  doctor: DoctorReport;
  /** What an inspection of a path answers. */
  inspect: (path: string) => Inspection;
  /** What opening a configuration answers. */
  openConfiguration: (path: string) => Configuration;
  /** What `buildAndRun` and `build` start. */
  build: () => Task;
  /** What is in an image, at a path. */
  files: (image: string, path: string, recursive: boolean) => ImageEntry[];
  /** What an image is made of, its digest, its bill of materials, what is wrong with it. */
  show: (image: string) => ImageDetails;
  digest: (image: string) => string;
  sbom: (image: string) => Sbom;
  check: (image: string) => ImageFinding[];
  /** What takes the space in an image. */
  space: (image: string) => SpacePart[];
  /** A file of an image, in base64. */
  contents: (path: string) => string;
  /** Bytes handed over, by staging id. */
  staged: Record<string, { fileName: string; bytes: Uint8Array[] }>;
}

export class FakeEngine {
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
    this.world = {
      instances: [],
      images: [],
      tasks: [],
      networks: [],
      traffic: [],
      settings: defaultSettings,
      kernels: [pith],
      catalogue: { address: "https://releases.test/", releases: [] },
      consoles: {},
      consoleTimes: {},
      runs: {},
      logs: {},
      flushedAt: Date.now(),
      traces: {},
      doctor: { checkedAt: new Date().toISOString(), checks: [] },
      inspect: () => anInspection(),
      openConfiguration: (path) => {
        throw new Problem("file.not-found", `${path} has no config.json and no package.manifest`);
      },
      build: () => aTask(),
      files: () => [],
      show: noImage,
      digest: noImage,
      sbom: noImage,
      check: () => [],
      space: () => [],
      contents: () => "",
      staged: {},
      ...world,
    };
    this.router = this.#router();
    this.client = createRouterClient(this.router);
  }

  snapshot(): Snapshot {
    const { images, instances, tasks, networks, kernels, settings } = this.world;
    const places = { home: "/home/me/.unideck", opsHome: "/home/me/.ops" };
    const engine = { version: "0.1.0", ...places, platform: "linux x64", notices: [] };
    return { type: "snapshot", engine, images, instances, tasks, networks, kernels, settings };
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

  async *#console(
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
    const os = implement(contract).use(async ({ next, path }, input) => {
      this.asked.push({ call: path.join("."), input });
      try {
        return await next();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const { ORPCError } = await import("@orpc/server");
        const { code, message, hint, details } = error;
        throw new ORPCError(code, { message, data: { hint, details } });
      }
    });
    const find = (id: string) => {
      const instance = world.instances.find((one) => one.id === id);
      if (!instance) throw new Problem("instance.not-found", `There is no instance ${id}`);
      return instance;
    };
    const become = (id: string, change: Partial<Instance>) => {
      const instance = { ...find(id), ...change };
      this.put(instance);
      return instance;
    };
    const taskOf = (id: string) => {
      const task = world.tasks.find((one) => one.id === id);
      if (!task) throw new Problem("task.not-found", `There is no task ${id}`);
      return task;
    };
    const findKernel = (id: string) => {
      const kernel = world.kernels.find((one) => one.id === id);
      if (!kernel) throw new Problem("kernel.not-found", `The kernel release ${id} is not installed`);
      return kernel;
    };
    const startKernelTask = (kind: "download" | "import", id: string) =>
      startTask(aTask({ id: `${kind}-${id}`, kind, title: `${kind} ${id}`, subject: `kernel:${id}` }));
    const startTask = (task = world.build()) => {
      world.tasks = [...world.tasks, task];
      this.tell({ tasks: { upsert: [task], remove: [] } });
      return task;
    };
    const deletedInstances: Instance[] = [];
    return os.router({
      programs: {
        inspect: os.programs.inspect.handler(({ input }) => world.inspect(input.path)),
        sample: os.programs.sample.handler(() => ({ path: "/opt/unideck/samples/hello" })),
      },
      configurations: { open: os.configurations.open.handler(({ input }) => world.openConfiguration(input.path)) },
      images: {
        list: os.images.list.handler(() => world.images),
        get: os.images.get.handler(({ input }) => {
          const image = world.images.find(({ name }) => name === input.name);
          if (!image) throw new Problem("image.not-found", `There is no image ${input.name}`);
          return image;
        }),
        build: os.images.build.handler(() => startTask()),
        remove: os.images.remove.handler(({ input: { name } }) => {
          world.images = world.images.filter((image) => image.name !== name);
          this.tell({ images: { upsert: [], remove: [name] } });
          return { name };
        }),
      },
      inside: {
        show: os.inside.show.handler(({ input }) => world.show(input.image)),
        digest: os.inside.digest.handler(({ input }) => ({ sha256: world.digest(input.image) })),
        sbom: os.inside.sbom.handler(({ input }) => world.sbom(input.image)),
        files: os.inside.files.handler(async function* ({ input }) {
          yield world.files(input.image, input.path, input.recursive);
        }),
        space: os.inside.space.handler(({ input }) => world.space(input.image)),
        read: os.inside.read.handler(async function* ({ input: { path, from, lengthBytes } }) {
          const bytes = Buffer.from(world.contents(path), "base64").subarray(from, lengthBytes && from + lengthBytes);
          yield { offset: from, bytes: bytes.toString("base64") };
        }),
        copyOut: os.inside.copyOut.handler(() => startTask()),
        check: os.inside.check.handler(({ input }) => world.check(input.image)),
      },
      instances: {
        list: os.instances.list.handler(() => world.instances),
        get: os.instances.get.handler(({ input }) => find(input.id)),
        create: os.instances.create.handler(() => {
          throw new Problem("qemu.missing", "QEMU is not installed", { hint: "Install qemu-system-x86." });
        }),
        buildAndRun: os.instances.buildAndRun.handler(() => startTask()),
        start: os.instances.start.handler(({ input }) => become(input.id, { state: "running" })),
        stop: os.instances.stop.handler(({ input }) => become(input.id, { state: "stopping" })),
        kill: os.instances.kill.handler(({ input }) =>
          become(input.id, { state: "exited", exit: { reason: "killed" } }),
        ),
        restart: os.instances.restart.handler(({ input }) => become(input.id, { state: "running" })),
        pause: os.instances.pause.handler(({ input }) => become(input.id, { state: "paused", pauseReason: "asked" })),
        resume: os.instances.resume.handler(({ input }) =>
          become(input.id, { state: "running", pauseReason: undefined }),
        ),
        rename: os.instances.rename.handler(({ input: { id, name } }) => become(id, { name })),
        duplicate: os.instances.duplicate.handler(({ input }) => {
          const copy = {
            ...find(input.id),
            id: `${input.id}-2`,
            name: `${find(input.id).name}-2`,
            state: "created" as const,
          };
          world.instances = [...world.instances, copy];
          this.tell({ instances: { upsert: [copy], remove: [] } });
          return copy;
        }),
        restore: os.instances.restore.handler(({ input: { id } }) => {
          const deleted = deletedInstances.find((one) => one.id === id);
          if (!deleted) throw new Problem("instance.not-found", "This deletion can't be undone any more");
          world.instances = [...world.instances, deleted];
          this.tell({ instances: { upsert: [deleted], remove: [] } });
          return deleted;
        }),
        remove: os.instances.remove.handler(({ input: { id } }) => {
          deletedInstances.push(find(id));
          world.instances = world.instances.filter((instance) => instance.id !== id);
          this.tell({ instances: { upsert: [], remove: [id] } });
          return { id };
        }),
        console: os.instances.console.handler(({ input: { id, from, follow, maxBytes }, signal }) =>
          this.#console(id, from, follow, signal, maxBytes),
        ),
        trace: os.instances.trace.handler(async function* ({ input }) {
          const text = world.traces[input.id] ?? "";
          if (text.length > input.from) yield { offset: input.from, end: text.length, text: text.slice(input.from) };
        }),
        addPort: os.instances.addPort.handler(({ input: { id, forward } }) =>
          become(id, { ports: [...find(id).ports, forward] }),
        ),
        removePort: os.instances.removePort.handler(({ input: { id, host } }) =>
          become(id, { ports: find(id).ports.filter((port) => port.host !== host) }),
        ),
        setNetworks: os.instances.setNetworks.handler(({ input: { id, networks } }) => become(id, { networks })),
        input: os.instances.input.handler(({ input }) => ({ accepted: Buffer.from(input.bytes, "base64").length })),
        disk: os.instances.disk.handler(({ input }) => ({ ...world, image: `instance:${input.id}` })),
        log: os.instances.log.handler(({ input }) => world.logs[input.id] ?? []),
      },
      kernels: {
        list: os.kernels.list.handler(() => world.kernels),
        get: os.kernels.get.handler(({ input }) => findKernel(input.id)),
        available: os.kernels.available.handler(() => world.catalogue),
        download: os.kernels.download.handler(({ input }) => startKernelTask("download", input.version)),
        import: os.kernels.import.handler(({ input }) => startKernelTask("import", input.version ?? "0.1.54")),
        remove: os.kernels.remove.handler(({ input: { id } }) => {
          world.kernels = world.kernels.filter((kernel) => kernel !== findKernel(id));
          this.tell({ kernels: world.kernels });
          return { id };
        }),
        setDefault: os.kernels.setDefault.handler(({ input: { id } }) => {
          world.settings = { ...world.settings, kernels: { ...world.settings.kernels, default: findKernel(id).id } };
          this.tell({ settings: world.settings });
          return { id };
        }),
      },
      networks: {
        list: os.networks.list.handler(() => world.networks),
        create: os.networks.create.handler(({ input: { name, subnet = "10.77.9.0/24", wayOut } }) => {
          const made = { name, subnet, wayOut, address: "10.77.9.1", running: false, createdAt: 1, members: [] };
          world.networks = [...world.networks, made];
          this.tell({ networks: { upsert: [made], remove: [] } });
          return made;
        }),
        remove: os.networks.remove.handler(({ input: { name } }) => {
          world.networks = world.networks.filter((network) => network.name !== name);
          this.tell({ networks: { upsert: [], remove: [name] } });
          return { name };
        }),
        traffic: os.networks.traffic.handler(async function* () {
          yield* world.traffic;
        }),
      },
      tasks: {
        list: os.tasks.list.handler(() => world.tasks),
        follow: os.tasks.follow.handler(async function* ({ input }) {
          yield taskOf(input.id);
        }),
        cancel: os.tasks.cancel.handler(({ input }) => ({ ...taskOf(input.id), state: "cancelled" as const })),
        retry: os.tasks.retry.handler(({ input }) => taskOf(input.id)),
        dismiss: os.tasks.dismiss.handler(({ input: { id } }) => {
          world.tasks = world.tasks.filter((task) => task.id !== id);
          this.tell({ tasks: { upsert: [], remove: [id] } });
          return { id };
        }),
      },
      doctor: { run: os.doctor.run.handler(() => world.doctor) },
      settings: {
        get: os.settings.get.handler(() => world.settings),
        change: os.settings.change.handler(({ input }) => {
          const { settings } = world;
          world.settings = {
            ...settings,
            homes: { ...settings.homes, ...input.homes },
            appearance: { ...settings.appearance, ...input.appearance },
            console: { ...settings.console, ...input.console },
            kernels: { ...settings.kernels, ...input.kernels },
            newInstances: { ...settings.newInstances, ...input.newInstances },
            limits: { ...settings.limits, ...input.limits },
          };
          this.tell({ settings: world.settings });
          return world.settings;
        }),
      },
      staging: {
        begin: os.staging.begin.handler(({ input }) => {
          const id = `s${Object.keys(world.staged).length + 1}`;
          world.staged[id] = { fileName: input.fileName, bytes: [] };
          return { id };
        }),
        append: os.staging.append.handler(({ input }) => {
          const bytes = Buffer.from(input.bytes, "base64");
          world.staged[input.id]?.bytes.push(bytes);
          return { receivedBytes: input.offset + bytes.length };
        }),
        finish: os.staging.finish.handler(({ input }) => {
          const staged = world.staged[input.id];
          const sizeBytes = staged?.bytes.reduce((sum, { length }) => sum + length, 0) ?? 0;
          return { path: `/staging/${input.id}/${staged?.fileName}`, sha256: "0".repeat(64), sizeBytes };
        }),
        discard: os.staging.discard.handler(({ input }) => {
          delete world.staged[input.id];
          return { id: input.id };
        }),
      },
      events: { subscribe: os.events.subscribe.handler(({ signal }) => this.#events(signal)) },
    });
  }
}
