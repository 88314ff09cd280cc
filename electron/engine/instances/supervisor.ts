/** All instances of this home: found on the disk, made, looked up, deleted. What one does is in instance-controller.ts. */

import { mkdir, readdir, realpath, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Attachment } from "../../../shared/contract/bridges.ts";
import type { CapturePiece } from "../../../shared/contract/captures.ts";
import { ImageName } from "../../../shared/contract/images.ts";
import {
  type ConsoleChunk,
  type DiskMoment,
  type InputHeld,
  type Instance,
  type InstanceSpec,
  type LogLine,
  type PortConflict,
  type PortForward,
  type TraceChunk,
  UNDO_MS,
} from "../../../shared/contract/instances.ts";
import type { TrafficReport } from "../../../shared/contract/networks.ts";
import { Problem } from "../../../shared/problem.ts";
import type { FoundMachine } from "../hypervisors/hypervisors.ts";
import {
  instanceFiles,
  makeSocketFolder,
  newInstanceId,
  removeFolders,
  socketFolderFor,
} from "../hypervisors/instance-files.ts";
import { makePipes } from "../hypervisors/pipes.ts";
import { makeFolder } from "../lib/private-files.ts";
import { proposeName, variationsOf } from "../programs/name.ts";
import { readCapture } from "./captures.ts";
import { DamagedInstance, refuseOddFiles } from "./damaged.ts";
import { askGuest } from "./guest-stats.ts";
import { overlaps, portConflict, refuseUnfit } from "./host-ports.ts";
import { InstanceController } from "./instance-controller.ts";
import { hasUserNetwork, hasVirtioConsole } from "./machine-plan.ts";
import { makeOwnDisk } from "./own-disk.ts";
import type { WhichPort } from "./ports.ts";
import { type InstanceRecord, readRecord, writeRecord } from "./record.ts";
import { problemAgain } from "./record-changes.ts";
import type { SupervisorDeps } from "./supervisor-deps.ts";
import type { TraceOptions } from "./trace-log.ts";
import { Trash } from "./trash.ts";

export interface CreateRequest {
  /** Name of an image, or the absolute path of an image file. */
  image: string;
  spec: InstanceSpec;
  start: boolean;
}

export interface ConsoleRequest {
  id: string;
  from: number;
  follow: boolean;
  maxBytes?: number | undefined;
}

/** A picture of more is none, and each is asked once a second. */
const MAX_ASKED = 256;

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #controllers = new Map<string, InstanceController>();
  readonly #damaged = new Map<string, DamagedInstance>();
  /** Names that are taken by instances in the making. */
  readonly #claimed = new Set<string>();
  readonly #trash: Trash;
  /** Deletions on their way, by id. */
  readonly #removals = new Map<string, Promise<void>>();

  constructor(deps: SupervisorDeps) {
    const { trash } = deps.homes;
    this.#trash = new Trash(trash, UNDO_MS);
    this.#deps = deps;
  }

  /** Finds the instances on the disk: those that run are adopted, those that ended unseen are judged. */
  async open(): Promise<void> {
    const { instances: folder } = this.#deps.homes;
    await makeFolder(folder);
    const names = await readdir(folder);
    // All processes of the computer are looked through for them.
    const running = names.length > 0 ? await this.#deps.hypervisors.find() : new Map<string, FoundMachine>();
    const machines = new Map([...running].map(([path, machine]) => [basename(path), machine]));
    // One that can't be opened must not keep the others from their engine.
    await Promise.all(names.map((name) => this.#openOrShow(join(folder, name), machines.get(name))));
    await this.#trash.open();
  }

  list(): Instance[] {
    return [...this.#controllers.values(), ...this.#damaged.values()]
      .map((one) => one.view())
      .sort((a, b) => a.times.created - b.times.created);
  }

  /** By id, or by name. Throws instance.not-found, instance.ambiguous. */
  get(idOrName: string): Instance {
    return (this.#findDamaged(idOrName) ?? this.#find(idOrName)).view();
  }

  /** Where its disk lies. */
  diskOf(idOrName: string): string {
    return this.#find(idOrName).files.disk;
  }

  async diskMoment(idOrName: string): Promise<DiskMoment> {
    const { id, files } = this.#find(idOrName);
    const { mtimeMs } = await stat(files.disk);
    return { image: `instance:${id}`, flushedAt: mtimeMs };
  }

  /**
   * Which of these forwards could not be set up now, each with who is in the way. `replace`: an instance that will be gone by
   * then. Throws instance.not-found.
   */
  async checkPorts(ports: readonly PortForward[], replace?: string): Promise<PortConflict[]> {
    const replaced = replace === undefined ? undefined : this.#find(replace);
    const alive = [...this.#controllers.values()].filter((controller) => controller.isAlive);
    const holderOf = (wish: PortForward) =>
      alive.find(({ record }) => record.ports.some((held) => overlaps(held, wish)));
    const isTaken = (wish: PortForward) => ports.some((other) => overlaps(other, wish));
    const conflicts = await Promise.all(
      ports.map(async (forward): Promise<PortConflict[]> => {
        const holder = holderOf(forward);
        if (holder && holder === replaced) return [];
        const conflict = await portConflict(forward, isTaken);
        return conflict
          ? [{ forward, ...conflict, ...(holder && { holder: { id: holder.id, name: holder.name } }) }]
          : [];
      }),
    );
    return conflicts.flat();
  }

  /** Throws port.busy or port.invalid before anything is made or built for an instance that could not start. */
  async refuseBusyPorts(spec: InstanceSpec, replace?: string): Promise<void> {
    refuseUnfit(spec.ports);
    if (!hasUserNetwork({ spec }, spec.ports)) return;
    const [conflict] = await this.checkPorts(spec.ports, replace);
    if (conflict) throw problemAgain(conflict.problem);
  }

  /**
   * A new instance under the name of `replace`, which is stopped before the new one starts and deleted once that runs; the
   * deletion can be undone for a while. Where the new one does not start, the old one stays, stopped. Throws what creating
   * throws.
   */
  async replace(replace: string, request: Omit<CreateRequest, "start">): Promise<Instance> {
    const old = this.#find(replace);
    await this.refuseBusyPorts(request.spec, old.id);
    if (old.isAlive) await unlessEnded(old.stop());
    const instance = await this.#create({ ...request, start: true }, old);
    await this.remove(old.id, { force: true, undo: true });
    return instance;
  }

  /**
   * Throws image.not-found, image.damaged, instance.exists, port.invalid, and with `start` what starting throws: nothing is left of an
   * instance that was made to be started and did not start.
   */
  async create(request: CreateRequest): Promise<Instance> {
    if (request.start) await this.refuseBusyPorts(request.spec);
    else refuseUnfit(request.spec.ports);
    return this.#create(request);
  }

  async #create({ image, spec, start }: CreateRequest, replaced?: InstanceController): Promise<Instance> {
    const { homes, resolveImage, extractKernel, hypervisors } = this.#deps;
    const driver = hypervisors.get(spec.hypervisor);
    if (start) driver.warmUp(spec.options);
    if (start) this.#deps.keeper.warmUp();
    const { path, name: imageName } = await resolveImage(image);
    const [kernel, staticAddresses = []] = await Promise.all([
      extractKernel(path, homes.kernelCache),
      this.#deps.readAddresses?.(path),
    ]);
    const options = driver.chooseOptions(spec.options, kernel.kind);
    const name = replaced?.name ?? this.#claimName(spec.name, imageName);
    try {
      const id = newInstanceId();
      const folder = join(homes.instances, id);
      const record: InstanceRecord = {
        version: 2,
        id,
        name,
        image: imageName,
        state: "created",
        hypervisor: driver.info.name,
        options,
        kernel: { kind: kernel.kind, version: kernel.version },
        kernelFile: kernel.path,
        memoryBytes: spec.memoryBytes,
        cpus: spec.cpus,
        ports: spec.ports,
        pendingPorts: [],
        networks: [],
        bridges: [],
        addresses: [],
        listening: [],
        captureIsFull: false,
        staticAddresses,
        echo: spec.echo,
        trace: spec.trace,
        runs: 0,
        times: { created: Date.now() },
        milestones: [],
        commandLine: [],
        spec,
        socketFolder: socketFolderFor(await realpath(homes.instances).then((parent) => join(parent, id)), id),
      };
      await this.#makeFolder(folder, path, record);
      const controller = new InstanceController(folder, record, this.#deps);
      await this.#seat(controller, spec.networks).catch(async (error: unknown) => {
        await removeFolders(controller.files);
        throw error;
      });
      this.#controllers.set(id, controller);
      this.#publish(controller);
      if (start)
        await controller.start().catch(async (error: unknown) => {
          // Why it did not start says more than why it could not be deleted.
          await this.remove(id, { force: true }).catch(() => undefined);
          throw error;
        });
      return controller.view();
    } finally {
      this.#claimed.delete(name);
    }
  }

  /** `trace`: whether this run is traced; else as the instance's spec have it. */
  async start(idOrName: string, options: { trace?: boolean | undefined } = {}): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.start(options);
    return controller.view();
  }

  async stop(idOrName: string): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.stop();
    return controller.view();
  }

  async kill(idOrName: string): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.kill();
    return controller.view();
  }

  async restart(idOrName: string): Promise<Instance> {
    const controller = this.#find(idOrName);
    if (controller.isAlive) await unlessEnded(controller.stop());
    await controller.start();
    return controller.view();
  }

  async pause(idOrName: string): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.pause();
    return controller.view();
  }

  async resume(idOrName: string): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.resume();
    return controller.view();
  }

  /** Throws instance.exists. */
  async rename(idOrName: string, name: string): Promise<Instance> {
    const controller = this.#find(idOrName);
    if (controller.name === name) return controller.view();
    this.#claimName(name, name);
    try {
      await controller.rename(name);
      await this.#seat(controller, controller.spec.networks);
    } finally {
      this.#claimed.delete(name);
    }
    return controller.view();
  }

  /** Another instance of the same image, with the same spec; not started. Throws what creating throws. */
  async duplicate(idOrName: string, name: string | undefined): Promise<Instance> {
    const { image, spec } = this.#find(idOrName).record;
    const ports = spec.ports.map((forward) => ({ ...forward, host: 0 }));
    return this.create({ image, spec: { ...spec, ports, name }, start: false });
  }

  /** Deletes it with its disk; what runs only with `force`. With `undo` it can be restored for a while. */
  async remove(idOrName: string, { force = false, undo = false } = {}): Promise<{ id: string }> {
    const damaged = this.#findDamaged(idOrName);
    if (damaged) return await this.#removeDamaged(damaged, { force, undo });
    const controller = this.#find(idOrName);
    const { id } = controller;
    if (controller.isAlive) {
      if (!force) throw runningProblem(controller.name);
      await unlessEnded(controller.kill());
    }
    // Who ran it to delete it at its end, and who deletes it by hand, may want it gone at once: one of them does it.
    const removal = this.#removals.get(id) ?? this.#moveAway(controller, undo);
    this.#removals.set(id, removal);
    await removal.finally(() => this.#removals.delete(id));
    return { id };
  }

  async #moveAway(controller: InstanceController, undo: boolean): Promise<void> {
    const { id } = controller;
    await controller.moveTo(this.#trash.pathOf(id));
    this.#controllers.delete(id);
    await this.#seat(controller, []);
    this.#deps.events.publish({ instances: { upsert: [], remove: [id] } });
    if (undo) this.#trash.keep(id);
    else await this.#trash.forget(id);
  }

  async #removeDamaged(damaged: DamagedInstance, { force, undo }: { force: boolean; undo: boolean }) {
    const { id } = damaged;
    const { name } = damaged.view();
    if (damaged.machine && !force) throw runningProblem(name);
    await damaged.moveTo(this.#trash.pathOf(id), this.#deps.hypervisors);
    this.#damaged.delete(id);
    await this.#deps.networks?.seat({ instance: id, name, networks: [], socketFolder: damaged.files.socketFolder });
    this.#deps.events.publish({ instances: { upsert: [], remove: [id] } });
    if (undo) this.#trash.keep(id);
    else await this.#trash.forget(id);
    return { id };
  }

  /** Undoes a deletion. Throws instance.not-found when it is too late. */
  async restore(id: string): Promise<Instance> {
    const folder = join(this.#deps.homes.instances, basename(id));
    if (!(await this.#trash.restore(id, folder)))
      throw new Problem("instance.not-found", "This deletion can no longer be undone", {
        hint: "Create a new instance from the image.",
      });
    await this.#openOrShow(folder, undefined);
    const damaged = this.#damaged.get(id);
    if (damaged) {
      this.#deps.events.publish({ instances: { upsert: [damaged.view()], remove: [] } });
      return damaged.view();
    }
    const controller = this.#find(id);
    // Its name may have been given to another one meanwhile.
    const isTaken = [...this.#controllers.values()].some(
      (other) => other !== controller && other.name === controller.name,
    );
    if (isTaken) await controller.rename(this.#freeName(controller.name));
    this.#publish(controller);
    return controller.view();
  }

  async addPort(idOrName: string, forward: PortForward): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.network.addPort(forward);
    return controller.view();
  }

  async removePort(idOrName: string, which: WhichPort): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.network.removePort(which);
    return controller.view();
  }

  /** Throws network.not-found, network.full. */
  async setNetworks(idOrName: string, networks: string[]): Promise<Instance> {
    const controller = this.#find(idOrName);
    await this.#seat(controller, networks);
    await controller.network.setNetworks(networks);
    return controller.view();
  }

  async setCapture(idOrName: string, on: boolean): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.network.setCapture(on);
    return controller.view();
  }

  /** Throws capture.not-found. */
  readCapture(idOrName: string, card: string, from: number): AsyncGenerator<CapturePiece, void> {
    return readCapture(this.#find(idOrName).files, card, from);
  }

  async setBridges(idOrName: string, bridges: Attachment[]): Promise<Instance> {
    const controller = this.#find(idOrName);
    await controller.network.setBridges(bridges);
    return controller.view();
  }

  /** What went through the interfaces of those that run and tell; of one alone, where it is named. */
  async traffic(idOrName: string | undefined): Promise<TrafficReport["machines"]> {
    const all = idOrName === undefined ? [...this.#controllers.values()] : [this.#find(idOrName)];
    const asked = all
      .filter(({ record }) => record.state === "running" && hasVirtioConsole(record))
      .slice(0, MAX_ASKED);
    const reports = await Promise.all(
      asked.map(async ({ id, files }) => ({ instance: id, stats: await askGuest(files.statsSocket) })),
    );
    return reports.flatMap(({ instance, stats }) => (stats ? [{ instance, ...stats }] : []));
  }

  /** A bridge that it is plugged into is gone. */
  async unplug(idOrName: string, bridge: string): Promise<void> {
    await this.#find(idOrName).network.unplug(bridge);
  }

  console({ id, ...range }: ConsoleRequest, signal?: AbortSignal): AsyncGenerator<ConsoleChunk, void> {
    return this.#find(id).read({ ...range, signal });
  }

  trace(idOrName: string, options: TraceOptions): AsyncGenerator<TraceChunk, void> {
    return this.#find(idOrName).readTrace(options);
  }

  async feed(idOrName: string, bytes: Uint8Array, isEnd: boolean): Promise<{ accepted: boolean }> {
    return { accepted: await this.#find(idOrName).feed(bytes, isEnd) };
  }

  /** Throws instance.not-found, instance.not-running, instance.input-lost. */
  holdInput(idOrName: string, signal: AbortSignal | undefined): AsyncGenerator<InputHeld, void> {
    return this.#find(idOrName).holdInput(signal);
  }

  async input(idOrName: string, bytes: Uint8Array): Promise<{ accepted: number }> {
    await this.#find(idOrName).type(bytes);
    return { accepted: bytes.length };
  }

  log(idOrName: string): Promise<LogLine[]> {
    return this.#find(idOrName).readLog();
  }

  /** Lets go of everything; machines run on. */
  async close(): Promise<void> {
    this.#trash.close();
    await Promise.all([...this.#controllers.values()].map((controller) => controller.close()));
  }

  async #openOrShow(folder: string, machine: FoundMachine | undefined): Promise<void> {
    try {
      if ((await stat(folder)).isDirectory()) await this.#openOne(folder, machine);
      else this.#deps.warn?.(`${folder} is not a folder and is ignored`);
    } catch (error) {
      this.#deps.warn?.(`The instance in ${folder} could not be opened: ${String(error)}`);
      const id = basename(folder);
      await this.#controllers.get(id)?.close();
      this.#controllers.delete(id);
      const damaged = await DamagedInstance.in(folder, machine, error).catch(() => undefined);
      if (damaged) this.#damaged.set(id, damaged);
    }
  }

  async #openOne(folder: string, machine: FoundMachine | undefined): Promise<void> {
    const id = basename(folder);
    await refuseOddFiles(instanceFiles(folder, folder));
    const record = await readRecord(join(folder, "instance.json"));
    if (record === undefined) {
      // An engine died while it made this one: nothing ran in it yet.
      if (!machine) await rm(folder, { recursive: true, force: true });
      return;
    }
    // A copy of another one's folder. Deleting it would delete the other one's sockets.
    if (record.id !== id || basename(record.socketFolder) !== id)
      throw new Error(`instance.json is the record of another instance (${record.id.slice(0, 40)})`);
    const controller = new InstanceController(folder, record, this.#deps);
    this.#controllers.set(record.id, controller);
    if (machine) await controller.adopt(machine.handle);
    else await controller.concludeUnseen();
  }

  async #makeFolder(folder: string, imagePath: string, record: InstanceRecord): Promise<void> {
    const files = instanceFiles(folder, record.socketFolder);
    try {
      await mkdir(folder, { mode: 0o700 });
      await makeSocketFolder(record.socketFolder, folder);
      await Promise.all([makeOwnDisk(imagePath, files.disk), makePipes(Object.values(files.pipes))]);
      // Last: a folder without a record is one that was never finished.
      await writeRecord(files.record, record);
    } catch (error) {
      await removeFolders(files);
      throw error;
    }
  }

  /** A name that no other instance has. Throws instance.exists where it was asked for. */
  #claimName(wish: string | undefined, imageName: string): string {
    if (wish !== undefined && this.#takenNames().has(wish))
      throw new Problem("instance.exists", `An instance already has the name ${wish}`, {
        hint: "Choose another name, or delete the other instance.",
      });
    // Of an image that is known by its path, any file name can come.
    const base = wish ?? (ImageName.safeParse(imageName).success ? imageName : proposeName(basename(imageName)));
    const name = this.#freeName(base);
    this.#claimed.add(name);
    return name;
  }

  /** `base`, or the first variation of it that nobody has. */
  #freeName(base: string): string {
    const taken = this.#takenNames();
    for (const name of variationsOf(base)) if (!taken.has(name)) return name;
    throw new RangeError("variations never end");
  }

  #takenNames(): Set<string> {
    return new Set([...this.#claimed, ...[...this.#controllers.values()].map((controller) => controller.name)]);
  }

  #find(idOrName: string): InstanceController {
    const byId = this.#controllers.get(idOrName);
    if (byId) return byId;
    const damaged = this.#findDamaged(idOrName);
    if (damaged) throw damaged.problem();
    const [found, another] = [...this.#controllers.values()].filter((controller) => controller.name === idOrName);
    if (another)
      throw new Problem("instance.ambiguous", `There are several instances named ${idOrName}`, {
        hint: "Use the id of the one you mean.",
      });
    if (found) return found;
    throw new Problem("instance.not-found", `There is no instance ${idOrName}`, {
      hint: "“unideck ps --all” lists them.",
    });
  }

  /** By its id, or by what is left of its name where no other instance has that. */
  #findDamaged(idOrName: string): DamagedInstance | undefined {
    const byId = this.#damaged.get(idOrName);
    if (byId || this.#controllers.has(idOrName) || this.#takenNames().has(idOrName)) return byId;
    const [only, another] = [...this.#damaged.values()].filter((one) => one.view().name === idOrName);
    return another ? undefined : only;
  }

  /** Its name is known in its networks from its creation on. */
  async #seat({ record }: InstanceController, networks: readonly string[]): Promise<void> {
    const { id, name, staticAddresses, socketFolder } = record;
    await this.#deps.networks?.seat({ instance: id, name, networks, addresses: staticAddresses, socketFolder });
  }

  #publish(controller: InstanceController): void {
    this.#deps.events.publish({ instances: { upsert: [controller.view()], remove: [] } });
  }
}

function runningProblem(name: string): Problem {
  return new Problem("instance.running", `${name} is running`, { hint: "Stop it first, or use --force." });
}

/** What was to be ended may have ended by itself in this moment: that is as good. */
async function unlessEnded(ending: Promise<void>): Promise<void> {
  try {
    await ending;
  } catch (error) {
    if (!(error instanceof Problem && error.code === "instance.not-running")) throw error;
  }
}
