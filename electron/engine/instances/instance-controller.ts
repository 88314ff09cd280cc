/**
 * One instance's life: started, followed, stopped, judged at its end. What is known of it is in its record; what happens is
 * read from the files that QEMU writes, so an engine that comes later sees the same.
 *
 * Order of writing at a start: the console's index gets the new run, then QEMU is started, then the record says so. A record
 * that lags behind the index, or says "running" where no process is, is how a later engine knows what it missed.
 */

import { rename, rm, truncate } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  ConsoleChunk,
  InputHeld,
  Instance,
  InstanceSpec,
  LogLine,
  TraceChunk,
} from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { Problem } from "../../../shared/problem.ts";
import type {
  Driver,
  MachineEnd,
  MachineHandle,
  MachinePlan,
  MachineRunState,
  RunningMachine,
} from "../hypervisors/driver.ts";
import {
  type InstanceFiles,
  instanceFiles,
  lastWrite,
  makeSocketFolder,
  sizeOfFile,
} from "../hypervisors/instance-files.ts";
import { capturedCardsIn, capturePipe, makePipes, PipeHold } from "../hypervisors/pipes.ts";
import { removeLog } from "../keeper/bounded-log.ts";
import { Console, type ReadOptions } from "./console.ts";
import { makeEmptyFiles } from "./console-index.ts";
import { ConsoleInput } from "./console-input.ts";
import { classifyExit } from "./exit.ts";
import { GuestClock } from "./guest-clock.ts";
import { InstanceLog } from "./instance-log.ts";
import { hasVirtioConsole, isInputPiped, planMachine } from "./machine-plan.ts";
import { NetworkChanges } from "./network-changes.ts";
import { Observation } from "./observation.ts";
import { inputLost, PipedInput } from "./piped-input.ts";
import { type InstanceRecord, shownOf } from "./record.ts";
import { exitInWords, freshRun, notAlive, pauseInWords, problemAgain, startProblem } from "./record-changes.ts";
import { RecordKeeper } from "./record-keeper.ts";
import { type Asked, shutDown } from "./shutdown.ts";
import { defaultStopTimes, type SupervisorDeps } from "./supervisor-deps.ts";
import { readTrace, type TraceOptions } from "./trace-log.ts";

/** A hypervisor answers 0.05 s after its start; a machine that has much memory to set up takes longer. */
const START_LIMIT_MS = 10_000;
/** Of the events of all runs; those of one are bounded by the keeper (keeper/event-budget.ts). */
const MAX_EVENTS_BYTES = 4 << 20;
/** A console that grows all the time is not published with every byte. */
const PUBLISH_GROWTH_EVERY_MS = 300;

/** What there is of a run while its machine lives. */
interface Run {
  machine: RunningMachine;
  observation: Observation;
  clock: GuestClock;
  /** Of a run that this engine has started with one. */
  pipedInput?: PipedInput;
  asked: Asked | undefined;
  stopping: Promise<void> | undefined;
  /** Settles when the end has been judged and recorded. Never rejects. */
  over: Promise<void>;
}

export class InstanceController {
  readonly files: InstanceFiles;
  /** What can be changed about its network at any time. */
  readonly network: NetworkChanges;
  readonly #deps: SupervisorDeps;
  readonly #driver: Driver;
  readonly #console: Console;
  readonly #log: InstanceLog;
  readonly #keeper: RecordKeeper;
  #record: InstanceRecord;
  #input: ConsoleInput;
  #run: Run | undefined;
  /** While a machine has pipes. */
  #pipes: PipeHold | undefined;
  /** While a machine is being planned and its process started. */
  #launching: Promise<Run> | undefined;
  #growthTimer: NodeJS.Timeout | undefined;

  constructor(folder: string, record: InstanceRecord, deps: SupervisorDeps) {
    const warn = (sentence: string) => deps.warn?.(sentence);
    this.#deps = deps;
    this.#driver = deps.hypervisors.get(record.hypervisor);
    this.#record = record;
    this.files = instanceFiles(folder, record.socketFolder);
    this.#keeper = new RecordKeeper(this.files.record, warn);
    this.#console = new Console({
      indexPath: this.files.consoleIndex,
      timesPath: this.files.consoleTimes,
      logs: { serial: this.files.serialLog, virtio: this.files.virtioLog },
      serialPart: hasVirtioConsole(record) ? "kernel" : "program",
      warn,
    });
    makeEmptyFiles([this.files.events, this.files.qemuLog]);
    this.#log = new InstanceLog(this.files.engineLog, this.files.qemuLog, (line) => this.#driver.parseLogLine(line));
    this.network = new NetworkChanges({
      record: () => this.#record,
      change: (change) => this.#change(change),
      save: () => this.#keeper.save(this.#record),
      led: (forwards) => this.#run?.observation.expectAnswers(forwards),
      machine: () => this.#run?.machine ?? this.#launching?.then(({ machine }) => machine).catch(() => undefined),
      files: this.files,
      pipesChanged: () => deps.keeper.lookAgain(this.files.folder),
      captureBytes: () => deps.captureBytes?.() ?? Number.POSITIVE_INFINITY,
      say: (sentence) => this.#log.say(sentence),
    });
    this.#input = new ConsoleInput(hasVirtioConsole(record) ? this.files.virtioSocket : this.files.serialSocket);
  }

  get id(): string {
    return this.#record.id;
  }

  get name(): string {
    return this.#record.name;
  }

  get record(): Readonly<InstanceRecord> {
    return this.#record;
  }

  get spec(): InstanceSpec {
    return this.#record.spec;
  }

  get isAlive(): boolean {
    return isAlive(this.#record);
  }

  view(): Instance {
    return { ...shownOf(this.#record), ...this.network.view(), consoleBytes: this.#console.totalBytes };
  }

  /**
   * Settles when the guest runs, or has already ended. Throws instance.running, instance.not-found, image.not-found,
   * image.damaged, port.busy, port.invalid, hypervisor.missing, hypervisor.failed.
   */
  async start({ trace = this.spec.trace } = {}): Promise<void> {
    if (this.#console.isClosed) throw new Problem("instance.not-found", `${this.name} is being deleted`);
    if (this.isAlive || this.#launching)
      throw new Problem("instance.running", `${this.name} is running`, { hint: "Stop it first, or restart it." });
    this.#launching = this.#launch(trace);
    let run: Run;
    try {
      run = await this.#launching;
    } finally {
      this.#launching = undefined;
    }
    const hasStarted = await Promise.race([
      run.machine.started,
      sleep(START_LIMIT_MS, undefined, { ref: false }).then(() => true),
    ]);
    if (hasStarted) return;
    await run.over;
    const { state, problem } = this.#record;
    if (state === "failed" && problem) throw problemAgain(problem);
  }

  /** Power button, then quit, then the signal (shutdown.ts). Settles at the end. Throws instance.not-running. */
  async stop(): Promise<void> {
    const run = await this.#aliveRun();
    run.stopping ??= this.#stop(run);
    await run.stopping;
  }

  /** Throws instance.not-running, hypervisor.failed. */
  async pause(): Promise<void> {
    const run = await this.#aliveRun();
    await this.#ask(run.machine.pause(), "be paused");
  }

  /** Throws instance.not-running, hypervisor.failed. */
  async resume(): Promise<void> {
    const run = await this.#aliveRun();
    await this.#ask(run.machine.resume(), "be resumed");
  }

  /** The caller has seen to it that nobody else has this name. */
  async rename(name: string): Promise<void> {
    this.#change({ name });
    await this.#keeper.save(this.#record);
  }

  async kill(): Promise<void> {
    const run = await this.#aliveRun();
    run.asked = "kill";
    this.#log.say(`Killing ${this.#driver.info.title}`);
    run.machine.kill();
    await run.over;
  }

  /** Takes over a machine that an engine before us has started, with all that it has shown so far. */
  async adopt(handle: MachineHandle): Promise<void> {
    const run = this.#console.latestRun;
    const knownRemarks = await this.#knownRemarks();
    const machine = this.#driver.adopt(handle, this.files, run?.number ?? this.#record.runs);
    this.#log.say(`Adopted: ${this.#driver.info.title} is ${handle.label}`);
    const captured = capturedCardsIn(this.files.folder).map((card) => capturePipe(this.files.folder, card));
    this.#pipes = PipeHold.ofRunning([...Object.values(this.files.pipes), ...captured]);
    this.#keepOutput(run?.number ?? this.#record.runs, handle.hasPipes);
    // A start or an end that the record has missed, or got wrong; and the engine that was about to stop it is gone.
    const isNews = this.#missedRun || !this.isAlive;
    const fresh = isNews ? { ...freshRun(this.#record, run?.startedAt), ...run?.start } : {};
    const wasPaused = this.#record.state === "paused";
    const state = isNews || this.#record.state === "starting" ? "starting" : wasPaused ? "paused" : "running";
    this.#record = { ...this.#record, ...fresh, state, stopStep: undefined, runs: run?.number ?? this.#record.runs };
    const { observation } = this.#follow(machine, knownRemarks);
    await observation.look();
    this.#takeSigns(observation);
    await this.#keeper.save(this.#record);
  }

  /** Judges a run whose end no engine saw, where there was one. */
  async concludeUnseen(): Promise<void> {
    const run = this.#console.latestRun;
    if (!this.isAlive && !this.#missedRun) return;
    // The keeper may be about to write down its last words.
    await this.#deps.keeper.settle(this.files.folder);
    const observation = this.#observe(await this.#knownRemarks());
    await observation.look();
    const problem = await this.#driver.failureOf(this.files, run?.number ?? this.#record.runs);
    this.#record = { ...this.#record, runs: run?.number ?? this.#record.runs };
    // The engine died between its note of the run and the machine's start: nothing happened.
    if (!this.isAlive && !observation.guestLived && !problem) return;
    if (!this.isAlive) this.#record = { ...this.#record, ...freshRun(this.#record, run?.startedAt), ...run?.start };
    const machine: MachineEnd | undefined =
      problem && !observation.guestLived ? { hadStarted: false, outcome: "failed", problem } : undefined;
    const endedAt = Math.max(this.#record.times.starting ?? 0, await lastWrite(this.files));
    await this.#conclude(observation, machine, undefined, endedAt);
  }

  read(options: ReadOptions): AsyncGenerator<ConsoleChunk, void> {
    return this.#console.read(options);
  }

  readTrace(options: TraceOptions): AsyncGenerator<TraceChunk, void> {
    return readTrace(this.files.trace, options);
  }

  /** Throws instance.not-running. */
  async type(bytes: Uint8Array): Promise<void> {
    const run = await this.#aliveRun();
    // Without echo it is a file or a pipe that is fed in, at once.
    if (this.#record.echo) run.observation.noteTyping();
    await this.#input.write(bytes);
  }

  /** Sends piped standard input; false where there is no room yet. Throws instance.not-running, instance.input-lost. */
  async feed(bytes: Uint8Array, isEnd: boolean): Promise<boolean> {
    const { pipedInput } = await this.#aliveRun();
    if (!pipedInput) throw inputLost();
    return pipedInput.write(bytes, isEnd);
  }

  /** For the client that feeds (piped-input.ts). Throws instance.not-running, instance.input-lost. */
  async *holdInput(signal: AbortSignal | undefined): AsyncGenerator<InputHeld, void> {
    const { pipedInput } = await this.#aliveRun();
    if (!pipedInput) throw inputLost();
    yield* pipedInput.hold(signal);
  }

  readLog(): Promise<LogLine[]> {
    return this.#log.read();
  }

  /** Ends the streams and moves the folder to `trash`; the machine has ended. */
  async moveTo(trash: string): Promise<void> {
    this.#console.close();
    clearTimeout(this.#growthTimer);
    await this.#keeper.settled();
    await rename(this.files.folder, trash);
    if (this.#record.socketFolder !== this.files.folder)
      await rm(this.#record.socketFolder, { recursive: true, force: true });
  }

  /** Lets go: the machine runs on, the next engine adopts it. */
  async close(): Promise<void> {
    await this.#launching?.catch(() => {});
    this.#console.close();
    this.#input.close();
    clearTimeout(this.#growthTimer);
    this.#run?.observation.stop();
    this.#run?.clock.stop();
    this.#run?.pipedInput?.close();
    this.network.close();
    this.#run?.machine.release();
    this.#pipes?.release();
    await this.#keeper.settled();
  }

  /** Whether there was a run that the record knows nothing of. */
  get #missedRun(): boolean {
    return (this.#console.latestRun?.number ?? 0) > this.#record.runs;
  }

  async #launch(trace: boolean): Promise<Run> {
    const startedAt = Date.now();
    // Not yet on the disk: as long as there is no process, the earlier run is the last one.
    this.#change({ ...freshRun(this.#record, startedAt), trace, pipedInput: isInputPiped(this.#record) });
    try {
      this.#deps.keeper.warmUp();
      removeLog(this.files.trace);
      await makeSocketFolder(this.#record.socketFolder, this.files.folder);
      const runs = Math.max(this.#record.runs, this.#console.latestRun?.number ?? 0) + 1;
      const [spec] = await Promise.all([
        planMachine(this.#record, runs, this.files, { ...this.#deps, driver: this.#driver }),
        makePipes(Object.values(this.files.pipes)),
        this.#boundEvents(),
      ]);
      const plan = await this.#driver.plan(spec);
      const captured = spec.capture ? spec.nics.map(({ name }) => capturePipe(this.files.folder, name)) : [];
      await makePipes(captured);
      const eventsFrom = await sizeOfFile(this.files.events);
      const { options, commandLine } = plan;
      const ports = spec.nics.flatMap((nic) => (nic.kind === "user" ? nic.forwards : []));
      this.#console.beginRun({ number: runs, startedAt, eventsFrom, start: { options, ports, commandLine } });
      const machine = await this.#startWithPipes(plan, captured);
      this.#log.say(`${this.#driver.info.title} is ${machine.handle.label}, ${inWords(options)}`);
      const kernelFile = spec.kernel?.path ?? this.#record.kernelFile;
      this.#record = { ...this.#record, options, ports, kernelFile, commandLine, runs };
      const run = this.#follow(machine);
      if (spec.pipedInput) run.pipedInput = new PipedInput(this.files.stdinSocket);
      void this.#keeper.save(this.#record);
      return run;
    } catch (error) {
      this.#pipes?.release();
      const problem = startProblem(error);
      this.#log.say(`Could not be started: ${problem.message}`);
      this.#change({ state: "failed", problem: problem.report(), times: { ...this.#record.times, ended: Date.now() } });
      await this.#keeper.save(this.#record);
      throw problem;
    }
  }

  async #stop(run: Run): Promise<void> {
    this.#change({ state: "stopping", times: { ...this.#record.times, stopping: Date.now() } });
    void this.#keeper.save(this.#record);
    await shutDown({
      machine: run.machine,
      hypervisor: this.#driver.info.title,
      over: run.over,
      times: this.#deps.stopTimes ?? defaultStopTimes,
      step: (asked, sentence) => {
        run.asked = run.asked === "kill" ? "kill" : asked;
        this.#change({ stopStep: asked === "stop" ? "power-button" : asked });
        this.#log.say(sentence);
      },
      say: (sentence) => this.#log.say(sentence),
    });
  }

  async #ask(asking: Promise<void>, wish: string): Promise<void> {
    await asking.catch((error: unknown) => {
      throw new Problem("hypervisor.failed", `${this.name} could not ${wish}`, {
        hint: "Try again, or stop it.",
        details: String(error),
        cause: error,
      });
    });
  }

  /** For a run that another engine has watched: what it wrote down of the kernel's remarks. */
  #knownRemarks(): Promise<string[]> {
    return this.#log.remarksSince(this.#console.latestRun?.startedAt ?? this.#record.times.created);
  }

  #observe(knownRemarks: readonly string[] = []): Observation {
    const run = this.#console.latestRun;
    return new Observation({
      console: this.#console,
      files: this.files,
      consoleFrom: run?.at ?? 0,
      eventsFrom: run?.eventsFrom ?? 0,
      startedAt: run?.startedAt ?? this.#record.times.created,
      reportsEvents: hasVirtioConsole(this.#record),
      knownRemarks,
    });
  }

  #follow(machine: RunningMachine, knownRemarks: readonly string[] = []): Run {
    const observation = this.#observe(knownRemarks);
    const clock = new GuestClock(this.files.clockSocket, (sentence) => this.#log.say(sentence));
    const over = machine.ended.then(async (end) => {
      await this.#settleOutput();
      observation.stop();
      clock.stop();
      run.pipedInput?.close();
      return this.#conclude(observation, end, run.asked, Date.now());
    });
    const run: Run = { machine, observation, clock, asked: undefined, stopping: undefined, over };
    this.#run = run;
    this.#change({ pid: machine.handle.pid });
    this.network.follow(machine);
    void machine.started.then((isThere) => {
      if (!isThere || this.#run !== run || this.#record.state !== "starting") return;
      this.#change({ state: "running", times: { ...this.#record.times, running: Date.now() } });
      void this.#keeper.save(this.#record);
    });
    const keepsDate = hasVirtioConsole(this.#record);
    if (keepsDate) clock.start();
    machine.watchRunState((runState) => {
      if (this.#run !== run) return;
      if (keepsDate && runState === "runs") clock.sync();
      this.#takeRunState(runState);
    });
    observation.start(
      () => this.#publishGrowth(),
      () => this.#takeSigns(observation),
    );
    observation.expectAnswers(this.#record.ports);
    return run;
  }

  /** The machine has its pipes' ends from its first moment on, and the keeper is on its way. */
  async #startWithPipes(plan: MachinePlan, captured: string[]): Promise<RunningMachine> {
    this.#pipes?.release();
    this.#pipes = PipeHold.forLaunch([...Object.values(this.files.pipes), ...captured]);
    this.#keepOutput(plan.spec.run, true);
    const machine = await this.#driver.start(plan, this.#pipes.inherited);
    this.#pipes.handedOver();
    return machine;
  }

  #keepOutput(run: number, hasPipes: boolean): void {
    this.#deps.keeper.keep({ folder: this.files.folder, run, plain: !hasPipes });
  }

  /** What the machine wrote is all in its logs then. */
  async #settleOutput(): Promise<void> {
    await this.#deps.keeper.settle(this.files.folder);
    this.#pipes?.release();
  }

  /** Between runs nobody writes there. */
  async #boundEvents(): Promise<void> {
    if ((await sizeOfFile(this.files.events)) > MAX_EVENTS_BYTES) await truncate(this.files.events);
  }

  #takeRunState(runState: MachineRunState): void {
    const { state, pauseReason } = this.#record;
    const now = runState === "runs" ? "running" : "paused";
    const reason = runState === "runs" ? undefined : runState;
    if ((state !== "running" && state !== "paused") || (state === now && pauseReason === reason)) return;
    this.#log.say(reason ? `Paused: ${pauseInWords[reason]}` : "Resumed");
    this.#change({ state: now, pauseReason: reason });
    void this.#keeper.save(this.#record);
  }

  #takeSigns(observation: Observation): void {
    for (const remark of observation.takeRemarks()) this.#log.sayForKernel(remark);
    const { firstOutput, firstOutputSource, ...seen } = observation.signs;
    const isFirst = firstOutput !== undefined && this.#record.times.firstOutput === undefined;
    this.#change({
      ...seen,
      ...(isFirst && { times: { ...this.#record.times, firstOutput }, firstOutputSource }),
    });
    if (isFirst) void this.#keeper.save(this.#record);
  }

  async #conclude(observation: Observation, machine: MachineEnd | undefined, asked: Run["asked"], endedAt: number) {
    // What can't be read is no evidence; the rest counts.
    await observation.look().catch((error: unknown) => this.#log.say(`The guest's events: ${String(error)}`));
    this.#takeSigns(observation);
    this.#input.close();
    const ending = classifyExit({
      kernel: this.#record.kernel.kind,
      guestExit: observation.events.exit,
      crashLog: await this.#deps.readCrashLog(this.files.disk).catch(() => undefined),
      machine,
      hypervisor: this.#driver.info.title,
      guestLived: observation.guestLived,
      asked,
    });
    this.#run = undefined;
    clearTimeout(this.#growthTimer);
    const problem = ending.state === "failed" ? ending.problem : undefined;
    this.#log.say(problem ? `Failed: ${problem.message}` : `Ended: ${exitInWords(ending.exit)}`);
    const times = { ...this.#record.times, ended: endedAt };
    this.#change({ state: ending.state, exit: ending.exit, problem, times, ...notAlive });
    await this.#keeper.save(this.#record);
  }

  /** The run that goes on; where one is being launched, that. Throws instance.not-running. */
  async #aliveRun(): Promise<Run> {
    const run = this.#run ?? (await this.#launching?.catch(() => undefined));
    if (run && this.#run === run) return run;
    throw new Problem("instance.not-running", `${this.name} is not running`, { hint: "Start it first." });
  }

  #change(change: Partial<InstanceRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#publish();
  }

  #publish(): void {
    clearTimeout(this.#growthTimer);
    this.#growthTimer = undefined;
    this.#deps.events.publish({ instances: { upsert: [this.view()], remove: [] } });
  }

  #publishGrowth(): void {
    this.#growthTimer ??= setTimeout(() => this.#publish(), PUBLISH_GROWTH_EVERY_MS).unref();
  }
}

/** `machine q35, accelerator tcg` */
function inWords(options: Record<string, string>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
