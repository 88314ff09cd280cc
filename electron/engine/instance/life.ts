/**
 * One instance's life: started, followed, stopped, judged at its end. What is known of it is in its record; what happens is
 * read from the files that QEMU writes, so an engine that comes later sees the same.
 */

import { randomBytes } from "node:crypto";
import { access, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConsoleChunk, ExitRecord, Instance, LogLine } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { watchGrowth } from "../lib/growth-watch.ts";
import type { Accelerators } from "./accelerator.ts";
import { Console, type ReadOptions } from "./console.ts";
import { makeEmptyFiles } from "./console-index.ts";
import { ConsoleInput } from "./console-input.ts";
import { judgeEnding } from "./exit.ts";
import { type InstanceFiles, instanceFiles } from "./folder.ts";
import { GuestEvents } from "./guest-events.ts";
import { chooseHostPorts } from "./host-ports.ts";
import type { Hypervisor, MachineEnd, MachineSpec, RunningMachine } from "./hypervisor.ts";
import { InstanceLog } from "./instance-log.ts";
import { wipeCrashLog } from "./own-disk.ts";
import { type InstanceRecord, writeRecord } from "./record.ts";
import { defaultStopTimes, type SupervisorNeeds } from "./supervisor-needs.ts";

export interface LifeNeeds extends SupervisorNeeds {
  hypervisor: Hypervisor;
  accelerators: Accelerators;
}

/** What there is of a run while its machine lives. */
interface Run {
  machine: RunningMachine;
  events: GuestEvents;
  asked: "stop" | "quit" | "kill" | undefined;
  /** Settles when the end has been judged and recorded. */
  over: Promise<void>;
}

export class InstanceLife {
  readonly files: InstanceFiles;
  readonly #needs: LifeNeeds;
  readonly #console: Console;
  readonly #log: InstanceLog;
  #record: InstanceRecord;
  #input: ConsoleInput;
  #run: Run | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(folder: string, record: InstanceRecord, needs: LifeNeeds) {
    this.#needs = needs;
    this.#record = record;
    this.files = instanceFiles(folder, record.socketFolder);
    this.#console = new Console({
      indexPath: this.files.consoleIndex,
      logs: { serial: this.files.serialLog, virtio: this.files.virtioLog },
      serialPart: this.#hasVirtioConsole ? "kernel" : "program",
    });
    makeEmptyFiles([this.files.events, this.files.qemuLog]);
    this.#log = new InstanceLog(this.files.engineLog, this.files.qemuLog);
    this.#input = this.#newInput();
  }

  get id(): string {
    return this.#record.id;
  }

  get name(): string {
    return this.#record.name;
  }

  get isAlive(): boolean {
    return ["starting", "running", "stopping"].includes(this.#record.state);
  }

  view(): Instance {
    const {
      version: _version,
      wishes: _wishes,
      kernelFile: _kernelFile,
      socketFolder: _socketFolder,
      ...rest
    } = this.#record;
    return { ...rest, consoleBytes: this.#console.totalBytes };
  }

  /** Throws instance.running, image.damaged, port.busy, port.invalid, qemu.missing, qemu.failed. */
  async start(): Promise<void> {
    if (this.isAlive)
      throw new Problem("instance.running", `${this.name} is running`, { hint: "Stop it first, or restart it." });
    const { created } = this.#record.times;
    this.#update({
      state: "starting",
      times: { created, starting: Date.now() },
      milestones: [],
      exit: undefined,
      problem: undefined,
      firstOutputSource: undefined,
      pid: undefined,
    });
    try {
      await this.#launch();
    } catch (error) {
      const problem =
        error instanceof Problem
          ? error
          : new Problem("qemu.failed", "The machine could not be started", { details: String(error) });
      this.#log.say(`could not be started: ${problem.message}`);
      this.#update({ state: "failed", problem: problem.report(), times: { ...this.#record.times, ended: Date.now() } });
      await this.#save();
      throw error;
    }
  }

  /** Power button, then quit, then the signal; each after the time that the one before has. Settles at the end. */
  async stop(): Promise<void> {
    const run = this.#aliveRun();
    const { powerButtonMs, quitMs } = this.#needs.stopTimes ?? defaultStopTimes;
    run.asked ??= "stop";
    this.#update({ state: "stopping", times: { ...this.#record.times, stopping: Date.now() } });
    this.#log.say("pressing the power button");
    await this.#attempt(run, run.machine.pressPowerButton(), powerButtonMs);
    if (this.#run !== run) return;
    run.asked = "quit";
    this.#log.say(`still running after ${powerButtonMs} ms: telling QEMU to quit`);
    await this.#attempt(run, run.machine.quit(), quitMs);
    if (this.#run !== run) return;
    this.#log.say(`still running after ${quitMs} ms more`);
    await this.kill();
  }

  async kill(): Promise<void> {
    const run = this.#aliveRun();
    run.asked = "kill";
    this.#log.say("killing QEMU");
    run.machine.kill();
    await run.over;
  }

  /** Takes over a machine that an engine before us has started. */
  adopt(pid: number): void {
    this.#log.say(`adopted: QEMU is process ${pid}`);
    const run = this.#console.latestRun;
    const machine = this.#needs.hypervisor.adopt(pid, this.files, run?.saidFrom ?? 0);
    this.#follow(machine, run?.eventsFrom ?? 0);
  }

  /** Judges the end of a run that no engine saw. */
  async concludeUnseen(): Promise<void> {
    const events = new GuestEvents(this.files.events, this.#console.latestRun?.eventsFrom ?? 0);
    await this.#conclude(events, undefined, undefined);
  }

  read(options: ReadOptions): AsyncGenerator<ConsoleChunk, void> {
    return this.#console.read(options);
  }

  /** Throws instance.not-running. */
  async type(bytes: Uint8Array): Promise<void> {
    this.#aliveRun();
    await this.#input.write(bytes);
  }

  readLog(): Promise<LogLine[]> {
    return this.#log.read();
  }

  /** Ends the streams and takes the folder away; the machine has ended. */
  async remove(): Promise<void> {
    this.#console.close();
    await this.#saving;
    await rm(this.files.folder, { recursive: true, force: true });
    if (this.#record.socketFolder !== this.files.folder)
      await rm(this.#record.socketFolder, { recursive: true, force: true });
  }

  /** Lets go: the machine runs on, the next engine adopts it. */
  async close(): Promise<void> {
    this.#console.close();
    this.#input.close();
    this.#run?.machine.release();
    await this.#saving;
  }

  async save(): Promise<void> {
    await this.#save();
  }

  get #hasVirtioConsole(): boolean {
    return this.#record.kernel.kind === "pith";
  }

  #newInput(): ConsoleInput {
    return new ConsoleInput(this.#hasVirtioConsole ? this.files.virtioSocket : this.files.serialSocket);
  }

  async #launch(): Promise<void> {
    const { hypervisor, accelerators } = this.#needs;
    const { wishes } = this.#record;
    const [accelerator, ports, kernelPath] = await Promise.all([
      accelerators.choose(wishes.accelerator),
      chooseHostPorts(wishes.ports, this.#record.ports),
      this.#kernelPath(),
      wipeCrashLog(this.files.disk),
    ]);
    const spec: MachineSpec = {
      name: this.name,
      machine: this.#record.machine,
      accelerator,
      memoryBytes: this.#record.memoryBytes,
      cpus: this.#record.cpus,
      ports,
      // A card that nobody uses costs time at the start.
      network: ports.length > 0 || !this.#hasVirtioConsole,
      kernel: kernelPath ? { path: kernelPath, commandLine: this.#record.echo ? "" : "console=noecho" } : undefined,
      hasVirtioConsole: this.#hasVirtioConsole,
      files: this.files,
    };
    const commandLine = await hypervisor.commandLine(spec);
    const [eventsFrom, saidFrom] = await Promise.all([sizeOf(this.files.events), sizeOf(this.files.qemuLog)]);
    const runs = this.#record.runs + 1;
    this.#record = { ...this.#record, accelerator, ports, commandLine, runs };
    await this.#save();
    const startedAt = Date.now();
    this.#console.beginRun({ number: runs, startedAt, eventsFrom, saidFrom });
    const machine = await hypervisor.launch(commandLine, this.files);
    this.#log.say(`QEMU is process ${machine.pid}, accelerator ${accelerator}`);
    this.#record.times = { ...this.#record.times, starting: startedAt };
    this.#follow(machine, eventsFrom);
  }

  /** The kernel for direct boot; undefined where the machine boots from its disk. */
  async #kernelPath(): Promise<string | undefined> {
    if (this.#record.machine !== "microvm") return undefined;
    const known = this.#record.kernelFile;
    if (known && (await exists(known))) return known;
    const { path } = await this.#needs.extractKernel(this.files.disk, this.#needs.homes.kernelCache);
    this.#record = { ...this.#record, kernelFile: path };
    return path;
  }

  #follow(machine: RunningMachine, eventsFrom: number): void {
    const events = new GuestEvents(this.files.events, eventsFrom);
    const look = () => void this.#look(events);
    const unwatch = watchGrowth([this.files.events, this.files.serialLog, this.files.virtioLog], look);
    const over = machine.ended.then(async (end) => {
      unwatch();
      await this.#conclude(events, end, run.asked);
    });
    const run: Run = { machine, events, asked: undefined, over };
    this.#run = run;
    this.#input = this.#newInput();
    this.#update({ pid: machine.pid });
    void machine.started.then(() => {
      if (this.#run !== run || this.#record.state !== "starting") return;
      this.#update({ state: "running", times: { ...this.#record.times, running: Date.now() } });
    });
    look();
  }

  /** Takes in what the guest has said since. */
  async #look(events: GuestEvents): Promise<void> {
    const isFirstByte = this.#console.grow() && this.#record.times.firstOutput === undefined;
    // The file may be gone: the instance was deleted in this moment.
    const isNew = await events.read().catch(() => false);
    if (isNew || isFirstByte) this.#takeMilestones(events);
  }

  #takeMilestones(events: GuestEvents): void {
    const change: Partial<InstanceRecord> = { milestones: [...events.milestones] };
    if (this.#record.times.firstOutput === undefined) {
      const firstOutput = this.#firstOutput(events);
      if (firstOutput !== undefined) {
        change.times = { ...this.#record.times, firstOutput };
        change.firstOutputSource = this.#hasVirtioConsole ? "program" : "console";
      }
    }
    this.#update(change);
  }

  /** The program's own first byte where the kernel tells, else the first byte on the console. */
  #firstOutput(events: GuestEvents): number | undefined {
    if (this.#hasVirtioConsole) return events.momentOf("first-write");
    const hasBytes = this.#console.totalBytes > (this.#console.latestRun?.at ?? 0);
    return hasBytes ? Date.now() : undefined;
  }

  async #conclude(events: GuestEvents, machine: MachineEnd | undefined, asked: Run["asked"]): Promise<void> {
    await events.read().catch(() => false);
    this.#console.grow();
    this.#takeMilestones(events);
    this.#input.close();
    const guestLived = events.milestones.length > 0 || this.#console.totalBytes > (this.#console.latestRun?.at ?? 0);
    const ending = judgeEnding({
      kernel: this.#record.kernel.kind,
      guestExit: events.exit,
      crashLog: await this.#needs.readCrashLog(this.files.disk).catch(() => undefined),
      machine,
      guestLived,
      asked,
      ports: this.#record.ports,
    });
    this.#run = undefined;
    const problem = ending.state === "failed" ? ending.problem : undefined;
    this.#log.say(problem ? `failed: ${problem.message}` : `ended: ${exitInWords(ending.exit)}`);
    this.#update({
      state: ending.state,
      exit: ending.exit,
      problem,
      pid: undefined,
      times: { ...this.#record.times, ended: Date.now() },
    });
    await this.#save();
  }

  #aliveRun(): Run {
    if (this.#run) return this.#run;
    throw new Problem("instance.not-running", `${this.name} is not running`, { hint: "Start it first." });
  }

  /** Waits for the end that `request` asks for, but no longer than `limitMs`. */
  async #attempt(run: Run, request: Promise<void>, limitMs: number): Promise<void> {
    // A monitor that does not answer is what the next step is for.
    request.catch((error: unknown) => this.#log.say(`QEMU's monitor: ${String(error)}`));
    await Promise.race([run.over, sleep(limitMs, undefined, { ref: false })]);
  }

  #update(change: Partial<InstanceRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#needs.events.publish({ instances: { upsert: [this.view()], remove: [] } });
    if (change.state) void this.#save().catch(() => {});
  }

  /** One write after the other; each writes what is then known. */
  #save(): Promise<void> {
    const next = this.#saving.catch(() => {}).then(() => writeRecord(this.files.record, this.#record));
    this.#saving = next.catch((error: unknown) => this.#needs.warn?.(`${this.files.record}: ${String(error)}`));
    return next;
  }
}

/** Short, so that socket paths stay short too. */
export function newInstanceId(): string {
  return randomBytes(5).toString("hex");
}

function exitInWords(exit: ExitRecord | undefined): string {
  const parts = [exit?.code === undefined ? undefined : `code ${exit.code}`, exit?.signal, exit?.reason];
  return parts.filter((part) => part !== undefined).join(", ");
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
