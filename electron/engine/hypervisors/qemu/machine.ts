/** One QEMU process: from its start (or its adoption) to its end, and its monitor. */

import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { systemErrorCode } from "../../lib/atomic-file.ts";
import type { MachineEnd, MachineNetwork, MachineRunState, RunningMachine } from "../driver.ts";
import type { InstanceFiles } from "../instance-files.ts";
import { findPortHolder } from "../port-holder.ts";
import { userNicIn } from "./argv.ts";
import { machineEnd, type ProcessEnd } from "./end.ts";
import { refusedPort } from "./failure.ts";
import { QemuNetwork } from "./network.ts";
import { isMachineOf, isMachineOfNow, type QemuHandle } from "./process-table.ts";
import { QmpClient, QmpError, type QmpEvent } from "./qmp.ts";
import { saidIn } from "./run-log.ts";

const CONNECT_EVERY_MS = 5;
/** How long a command waits for the monitor. */
const CONNECT_PATIENCE_MS = 5_000;
/** The monitor of a machine that is stopped, or stuck in its start, is tried again this often. */
const RECONNECT_EVERY_MS = 500;
const WATCH_ADOPTED_EVERY_MS = 250;

const Status = z.object({ status: z.string() });

/** States of QEMU's query-status (qapi/run-state.json). Those of a machine that begins or ends are none of ours. */
const runStates: Readonly<Record<string, MachineRunState>> = {
  running: "runs",
  paused: "asked",
  "io-error": "disk",
  "guest-panicked": "other",
  "internal-error": "other",
  suspended: "other",
  watchdog: "other",
};

type SeenEnd = Pick<ProcessEnd, "status" | "signal">;

const Shutdown = z.object({ reason: z.string().max(100) });

export class QemuMachine implements RunningMachine {
  readonly handle: QemuHandle;
  readonly started: Promise<boolean>;
  readonly ended: Promise<MachineEnd>;
  readonly network: MachineNetwork;
  readonly #files: InstanceFiles;
  readonly #child: ChildProcess | undefined;
  readonly #run: number;
  /** Undefined while there is no connection to the monitor. */
  #qmp: QmpClient | undefined;
  /** When the latest connection was lost. */
  #lostAt = Number.NEGATIVE_INFINITY;
  #hadStarted = false;
  #cause: string | undefined;
  #isOver = false;
  #tellRunState: (state: MachineRunState) => void = () => {};
  readonly #released = new AbortController();

  /** `child` where we are its parent; `run`: which of the instance's runs it is. */
  constructor(handle: QemuHandle, files: InstanceFiles, child: ChildProcess | undefined, run: number) {
    this.handle = handle;
    this.#files = files;
    this.#child = child;
    this.#run = run;
    const execute = (command: string, parameters?: Record<string, unknown>) => this.#execute(command, parameters);
    this.network = new QemuNetwork(execute, userNicIn(handle.commandLine));
    this.ended = (child ? this.#waitForChild(child) : this.#waitForAdopted()).then((end) => this.#conclude(end));
    this.started = this.#keepConnected();
  }

  async pressPowerButton(): Promise<void> {
    await this.#execute("system_powerdown");
  }

  async quit(): Promise<void> {
    await this.#execute("quit");
  }

  pause(): Promise<void> {
    return this.#move("stop");
  }

  resume(): Promise<void> {
    return this.#move("cont");
  }

  watchRunState(tell: (state: MachineRunState) => void): void {
    this.#tellRunState = tell;
    void this.#lookAtRunState();
  }

  kill(): void {
    if (this.#isOver) return;
    if (this.#child) this.#child.kill("SIGKILL");
    // A number alone could be another process by now.
    else if (process.platform !== "linux" || isMachineOfNow(this.handle.pid, this.#files.folder))
      killPid(this.handle.pid);
  }

  release(): void {
    this.#released.abort();
    this.#qmp?.close();
    this.#child?.removeAllListeners("exit");
    this.#child?.unref();
  }

  get #isReleased(): boolean {
    return this.#released.signal.aborted;
  }

  /** Ends early when we let go. */
  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#released.signal }).catch(() => {});
  }

  #waitForChild(child: ChildProcess): Promise<SeenEnd> {
    return new Promise((resolve) => {
      child.once("exit", (status, signal) => resolve({ status: status ?? undefined, signal: signal ?? undefined }));
    });
  }

  /** Nobody tells us the end of a process that is not our child. */
  async #waitForAdopted(): Promise<SeenEnd> {
    while (!this.#isReleased && (await isMachineOf(this.handle.pid, this.#files.folder))) {
      // The end of the monitor's connection is the end of the process, nearly always: look again at once.
      const isEnding = performance.now() - this.#lostAt < RECONNECT_EVERY_MS;
      const pause = this.#pause(isEnding ? CONNECT_EVERY_MS : WATCH_ADOPTED_EVERY_MS);
      await (this.#qmp ? Promise.race([pause, this.#qmp.closed]) : pause);
    }
    if (this.#isReleased) await new Promise(() => {});
    return {};
  }

  async #conclude(end: SeenEnd): Promise<MachineEnd> {
    this.#isOver = true;
    this.#qmp?.close();
    const said = await saidIn(this.#files, this.#run);
    const refused = refusedPort(said);
    // Its present owner had it then, too: it has just been refused.
    const portHolder = refused && (await findPortHolder(refused));
    return machineEnd({ ...end, hadStarted: this.#hadStarted, cause: this.#cause, said, portHolder });
  }

  /** Connects to the monitor as soon as there is one; settles with the first success, or the machine's end. */
  #keepConnected(): Promise<boolean> {
    return new Promise((resolve) => {
      void this.ended.then(() => resolve(false));
      void (async () => {
        while (!this.#isOver && !this.#isReleased) {
          const pauseMs = await this.#connectOnce(() => resolve(true));
          await this.#pause(pauseMs);
        }
      })();
    });
  }

  /** Stays until the connection is gone; gives the pause before the next attempt. */
  async #connectOnce(started: () => void): Promise<number> {
    try {
      const qmp = await QmpClient.connect(this.#files.qmpSocket, { onEvent: (event) => this.#take(event) });
      if (this.#isOver || this.#isReleased) {
        qmp.close();
        return 0;
      }
      this.#qmp = qmp;
      this.#hadStarted = true;
      started();
      void this.#lookAtRunState();
      await qmp.closed;
      this.#qmp = undefined;
      this.#lostAt = performance.now();
    } catch (error) {
      // No socket yet, or the socket of an earlier run: QEMU is about to make a new one.
      if (["ENOENT", "ECONNREFUSED"].includes(systemErrorCode(error) ?? "")) return CONNECT_EVERY_MS;
    }
    return RECONNECT_EVERY_MS;
  }

  /** Settles when the new state has been told. */
  async #move(command: "stop" | "cont"): Promise<void> {
    await this.#execute(command);
    await this.#lookAtRunState();
  }

  /** The monitor may not be there yet, or not again: QEMU serves one connection after the other. */
  async #execute(command: string, parameters?: Record<string, unknown>): Promise<unknown> {
    const limit = performance.now() + CONNECT_PATIENCE_MS;
    while (!this.#qmp && !this.#isOver && !this.#isReleased && performance.now() < limit)
      await this.#pause(CONNECT_EVERY_MS);
    if (!this.#qmp) throw new QmpError("QEMU's monitor is not connected");
    return this.#qmp.execute(command, parameters);
  }

  /** A status that can't be had now comes with the next event or the next connection. */
  async #lookAtRunState(): Promise<void> {
    const status = Status.safeParse(await this.#qmp?.execute("query-status").catch(() => undefined));
    const state = status.success ? runStates[status.data.status] : undefined;
    if (state) this.#tellRunState(state);
  }

  #take(event: QmpEvent): void {
    if (event.name === "SHUTDOWN") this.#cause = Shutdown.safeParse(event.data).data?.reason;
    else if (event.name === "GUEST_PANICKED") this.#cause = "guest-panic";
    else if (event.name === "STOP" || event.name === "RESUME") void this.#lookAtRunState();
  }
}

function killPid(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (systemErrorCode(error) !== "ESRCH") throw error;
  }
}
