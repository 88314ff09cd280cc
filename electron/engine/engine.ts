/** The engine: everything real behind one object. It is plain Node and knows no host. */

import { access, constants } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Configuration } from "../../shared/contract/configurations.ts";
import type { Snapshot } from "../../shared/contract/events.ts";
import { type BuildRecord, BuildSpec } from "../../shared/contract/images.ts";
import { CopyOrder } from "../../shared/contract/inside.ts";
import { BuildAndRun } from "../../shared/contract/instances.ts";
import type { TrafficReport } from "../../shared/contract/networks.ts";
import type { Inspection, Runtime } from "../../shared/contract/programs.ts";
import type { Task } from "../../shared/contract/tasks.ts";
import { isAlive } from "../../shared/instance-state.ts";
import { Problem } from "../../shared/problem.ts";
import { Doctor } from "./doctor/doctor.ts";
import { readCrashLog } from "./formats/disk/crash-log.ts";
import { readAddresses } from "./images/addresses-in-image.ts";
import { buildImage } from "./images/build.ts";
import { freeNameFor } from "./images/claims.ts";
import { ImageInside } from "./images/contents/contents.ts";
import { extractKernel } from "./images/extract-kernel.ts";
import { setImageModes } from "./images/image-mode.ts";
import { ImageStore } from "./images/store.ts";
import { Supervisor } from "./instances/supervisor.ts";
import { Keeper } from "./keeper/keeper.ts";
import { restoreReplaced } from "./kernels/put-release.ts";
import { KernelDownload, KernelImport, ReleaseStore } from "./kernels/release-store.ts";
import { KernelReleases } from "./kernels/releases.ts";
import { EngineLog } from "./lib/engine-log.ts";
import { EventHub } from "./lib/event-hub.ts";
import { type Homes, withOpsHome } from "./lib/homes.ts";
import { makeFolder, repairHome } from "./lib/private-files.ts";
import type { Resources } from "./lib/resources.ts";
import { cleanWorkFolders } from "./lib/work-folder.ts";
import { Bridges } from "./networks/bridge/bridges.ts";
import { BridgeHelper } from "./networks/bridge/helper.ts";
import { hostSubnets } from "./networks/host-subnets.ts";
import { Networks } from "./networks/networks.ts";
import { watchTraffic } from "./networks/traffic.ts";
import { type OpenConfiguration, openConfiguration } from "./ops/open.ts";
import { inspectProgram } from "./programs/inspect.ts";
import { runtimeFor } from "./programs/runtimes.ts";
import { SettingsFile } from "./settings/settings-file.ts";
import { Staging } from "./staging/staging.ts";
import { type TaskControl, TaskList, type Worker } from "./tasks/task-list.ts";
import { TaskRecords } from "./tasks/task-records.ts";

export interface Engine {
  readonly events: EventHub;
  readonly log: EngineLog;
  readonly images: ImageStore;
  readonly inside: ImageInside;
  /** What an image can be built with. */
  readonly kernels: KernelReleases;
  /** How more of it comes here, and goes. */
  readonly releases: ReleaseStore;
  readonly instances: Supervisor;
  readonly networks: Networks;
  readonly bridges: Bridges;
  readonly tasks: TaskList;
  readonly doctor: Doctor;
  readonly settings: SettingsFile;
  readonly staging: Staging;
  inspect(path: string, sysroot?: string): Promise<Inspection>;
  /** What an interpreter or a script needs of its language's runtime. */
  runtime(path: string): Promise<Runtime>;
  /** Reads a configuration of OPS. Throws what the contract lists. */
  openConfiguration(wanted: OpenConfiguration): Promise<Configuration>;
  /** The path of the bundled sample program. Throws file.not-found. */
  sample(): Promise<string>;
  /** Starts to build an image. */
  build(wishes: BuildSpec): Task;
  /** Builds an image, makes an instance of it and starts that, as one task. */
  buildAndRun(asked: BuildAndRun): Task;
  /** Starts to copy files out of an image. */
  copyOut(order: CopyOrder): Task;
  /** Throws image.not-found, and image.in-use without `force` while an instance of the image runs. */
  removeImage(name: string, force: boolean): Promise<void>;
  /** What goes through networks and interfaces, once a second; of `instance` alone, where it is named. */
  traffic(instance: string | undefined, signal: AbortSignal | undefined): AsyncGenerator<TrafficReport, void>;
  /** Everything there is, now. */
  snapshot(): Promise<Snapshot>;
  /**
   * Begins what an engine does for hosts that stay, once: permissions of images, switches of networks, the first look at
   * bridges. Nobody waits for it.
   */
  settle(): void;
  /** Ends tasks and watches; instances go on. */
  close(): Promise<void>;
}

export interface EngineOptions {
  homes: Homes;
  resources: Resources;
  /** The engine of one command: what it opens with is not followed by `settle`. */
  isCommand?: boolean | undefined;
}

/** Makes the engine of these homes. Whoever calls this holds their lock (lib/folder-lock.ts). */
export async function openEngine({ homes: given, resources, isCommand }: EngineOptions): Promise<Engine> {
  await makeFolder(given.unideck);
  const events = new EventHub();
  const log = new EngineLog(given.logs);
  await repairHome(given.unideck).catch((error: unknown) => {
    log.warn(`The permissions of ${given.unideck} could not be checked: ${String(error)}`);
  });
  /** What a person should hear of this start. */
  const notices: string[] = [];
  const settings = await SettingsFile.open({
    home: given.unideck,
    events,
    warn: (sentence) => {
      notices.push(sentence);
      log.warn(sentence);
    },
  });
  const homes = withOpsHome(given, settings.get().homes.ops);
  const staging = new Staging(homes, () => settings.get().limits.stagedUploadBytes);
  const kernels = new KernelReleases(homes, resources.pith);
  const images = new ImageStore(homes, events);
  const networks: Networks = new Networks({
    folder: homes.networks,
    program: resources.networkSwitch,
    events,
    hostSubnets,
    isAlive: (id) => instances.list().some((instance) => instance.id === id && isAlive(instance)),
    warn: (sentence) => log.warn(sentence),
  });
  const bridgeHelper = new BridgeHelper(resources.networkHelper);
  const bridges: Bridges = new Bridges({
    file: homes.bridges,
    helper: bridgeHelper,
    events,
    platform: process.platform,
    alive: () => instances.list().filter(isAlive),
    unplug: (instance, bridge) => instances.unplug(instance, bridge),
    warn: (sentence) => log.warn(sentence),
  });
  const keeper = new Keeper({
    home: homes.unideck,
    program: resources.keeper,
    limits: () => {
      const { consoleLogBytes, traceLogBytes, captureBytes } = settings.get().limits;
      return { console: consoleLogBytes, trace: traceLogBytes, capture: captureBytes };
    },
    warn: (sentence) => log.warn(sentence),
  });
  events.listen(({ settings: changed }) => changed && keeper.changeLimits());
  const instances = new Supervisor({
    homes,
    events,
    networks,
    bridges,
    bundledPithKernel: join(resources.pith, "kernel.img"),
    resolveImage: (nameOrPath) => resolveImage(images, homes.images, nameOrPath),
    extractKernel,
    readAddresses,
    readCrashLog,
    keeper,
    captureBytes: () => settings.get().limits.captureBytes,
    warn: (sentence) => log.warn(sentence),
  });
  const inside = new ImageInside(async (reference) => {
    const id = /^instance:(.*)$/s.exec(reference)?.[1];
    if (id === undefined) return await resolveImage(images, homes.images, reference);
    return { name: instances.get(id).name, path: instances.diskOf(id) };
  }, resources.version);
  const doctor = new Doctor({
    homes,
    kernels,
    accelerators: instances.accelerators,
    bridgeHelper: process.platform === "linux" ? bridgeHelper : undefined,
  });
  await Promise.all([networks.open(), bridges.open()]);
  const cleaning = cleanWorkFolders(homes.opsStaging, (folder) => restoreReplaced(homes.ops, folder));
  await Promise.all([instances.open(), cleaning, staging.clean()]);
  await networks.keepMembers(instances.list().map(({ id }) => id)).catch((error: unknown) => {
    log.warn(`Members of networks could not be checked: ${String(error)}`);
  });
  const imageModes = keepImageModes({ images, settings, events, warn: (sentence) => log.warn(sentence) });
  let isSettled = false;
  const settle = () => {
    if (isSettled) return;
    isSettled = true;
    void networks.adopt();
    imageModes.set();
    // Machines may have lost a bridge meanwhile.
    void bridges.list().catch((error: unknown) => log.warn(`Bridges could not be read: ${String(error)}`));
  };

  const build = async (wishes: BuildSpec, control: TaskControl) => {
    const kernel = wishes.kernel ?? settings.get().kernels.default;
    const { name, path } = await buildImage(
      { ...wishes, kernel },
      { homes, kernels, isShared: settings.get().images.shared },
      control,
    );
    return { image: name, path };
  };
  const buildOnly = (wishes: BuildSpec): Worker => {
    return async (control) => {
      const built = await build(wishes, control);
      // The list shows the image before the task is done.
      await images.refresh();
      return built;
    };
  };
  const buildAndRun = ({ build: wishes, wishes: instanceSpec, replace }: BuildAndRun): Worker => {
    return async (control) => {
      // Before the work of a build whose instance could not start.
      await instances.refuseBusyPorts(instanceSpec, replace);
      const built = await build(wishes, control);
      control.phase("Starting");
      control.signal.throwIfAborted();
      const image = wishes.out ? built.path : built.image;
      const request = { image, wishes: instanceSpec };
      const instance = await (replace === undefined
        ? instances.create({ ...request, start: true })
        : instances.replace(replace, request));
      return { ...built, instance: instance.id };
    };
  };
  const copyOut =
    (order: CopyOrder): Worker =>
    (control) =>
      inside.copyOut(order, control);
  const tasks = new TaskList(events, {
    records: new TaskRecords(homes.tasks, (sentence) => log.warn(sentence)),
    revive: (kind, input) => {
      switch (kind) {
        case "build":
          return buildOnly(BuildSpec.parse(input));
        case "run":
          return buildAndRun(BuildAndRun.parse(input));
        case "copy":
          return copyOut(CopyOrder.parse(input));
        case "download":
          return releases.downloading(KernelDownload.parse(input));
        case "import":
          return releases.importing(KernelImport.parse(input));
        default:
          throw new Problem("args.invalid", "This task cannot be retried", { hint: "Start it again from its screen." });
      }
    },
  });

  const releases = new ReleaseStore({ homes, kernels, tasks, settings, events });
  await releases.clean();
  if (!isCommand) settle();

  return {
    events,
    log,
    images,
    inside,
    kernels,
    releases,
    instances,
    networks,
    bridges,
    tasks,
    doctor,
    settings,
    staging,
    inspect: async (path, sysroot) => {
      const { suggested, ...inspection } = await inspectProgram(path, sysroot);
      const name = await freeNameFor(homes, path, inspection.program.fileName);
      return { ...inspection, suggested: { ...suggested, name } };
    },
    runtime: runtimeFor,
    openConfiguration: (wanted) => openConfiguration(wanted, homes),
    sample: async () => {
      if (await isReadable(resources.sample)) return resources.sample;
      throw new Problem("file.not-found", "The sample program is not built", {
        hint: "Build it: make -C resources/samples",
      });
    },
    build: (wishes) => tasks.start("build", `Build ${titleOf(wishes)}`, buildOnly(wishes), { input: wishes }),
    buildAndRun: (asked) => {
      return tasks.start("run", `Build and run ${titleOf(asked.build)}`, buildAndRun(asked), { input: asked });
    },
    copyOut: (order) => {
      const what = order.paths.length === 1 ? order.paths[0] : `${order.paths.length} things`;
      return tasks.start("copy", `Copy ${what} out of ${basename(order.image)}`, copyOut(order), { input: order });
    },
    removeImage: async (name, force) => {
      const isInUse = instances.list().some((instance) => instance.image === name && isAlive(instance));
      await images.remove(name, { force, isInUse });
    },
    traffic: (instance, signal) => watchTraffic({ networks, instances }, instance, signal),
    snapshot: async () => ({
      type: "snapshot",
      engine: {
        ...{ version: resources.version, home: homes.unideck, opsHome: homes.ops, platform: process.platform },
        notices,
      },
      images: await images.list(),
      kernels: await kernels.list(),
      settings: settings.get(),
      instances: instances.list(),
      tasks: tasks.list(),
      networks: networks.list(),
      bridges: bridges.known(),
    }),
    settle,
    close: async () => {
      await tasks.close();
      await imageModes.close();
      bridges.close();
      await Promise.all([instances.close(), images.close(), networks.close()]);
      await keeper.close();
    },
  };
}

interface ImageModeDeps {
  images: ImageStore;
  settings: SettingsFile;
  events: EventHub;
  warn: (sentence: string) => void;
}

/** Gives images the permissions that the settings ask for, by `set` and whenever those change. */
function keepImageModes({ images, settings, events, warn }: ImageModeDeps): { set(): void; close(): Promise<void> } {
  let isShared = settings.get().images.shared;
  let work = Promise.resolve();
  const set = () => {
    work = work
      .then(async () => setImageModes(await images.list(), isShared))
      .catch((error: unknown) => warn(`The permissions of images could not be set: ${String(error)}`));
  };
  const deafen = events.listen(({ settings: now }) => {
    if (!now || now.images.shared === isShared) return;
    isShared = now.images.shared;
    set();
  });
  return {
    set,
    close: async () => {
      deafen();
      await work;
    },
  };
}

/** Images of the image folder are known by their name, others by their path. */
async function resolveImage(
  images: ImageStore,
  folder: string,
  nameOrPath: string,
): Promise<{ name: string; path: string; build?: BuildRecord | undefined }> {
  if (!isAbsolute(nameOrPath)) return images.get(nameOrPath);
  if (dirname(nameOrPath) === folder) return images.get(basename(nameOrPath));
  if (await isReadable(nameOrPath)) return { name: nameOrPath, path: nameOrPath };
  throw new Problem("image.not-found", `There is no image at ${nameOrPath}`, {
    hint: "Check the path, or build the image again.",
  });
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

const titleOf = (wishes: BuildSpec) => wishes.name ?? basename(wishes.program);
