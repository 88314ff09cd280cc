/**
 * What the engine asks of a hypervisor: a driver starts machines, finds those that run, and ends them. Everything that only
 * one hypervisor knows stays in its driver's folder (qemu/); the drivers there are stand in one list (../drivers.ts).
 */

import type { Check } from "../../../shared/contract/doctor.ts";
import type { HypervisorInfo, HypervisorOptions } from "../../../shared/contract/hypervisors.ts";
import type { PortForward } from "../../../shared/contract/instances.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import type { Subnet } from "../lib/ipv4-address.ts";
import type { UserSubnet } from "../lib/static-address.ts";
import type { InstanceFiles } from "./instance-files.ts";

/** Where a card is plugged in that has a network of the host behind it. */
export type NicBackend =
  /** A TAP that exists and that we may open. */
  | { kind: "tap"; network: string; mac: string; tap: string }
  /** QEMU's own helper makes one. */
  | { kind: "bridge-helper"; network: string; mac: string; bridge: string; helper: string }
  /** macOS. */
  | { kind: "vmnet-shared" | "vmnet-bridged"; network: string; mac: string; interface: string | undefined };

/** A raw disk image. `name` is unique in its machine. */
export interface Disk {
  name: string;
  path: string;
}

/** A network card. `name` is unique in its machine, and is what captures and counters know it by. */
export type Nic = { name: string } & (
  | {
      /** The hypervisor is the guest's router, and forwards ports of the host. */
      kind: "user";
      /** Whether the guest opens no connection through it, and is only reached through forwards. */
      isRestricted: boolean;
      /** What is behind the card, where the guest brings its own address along. */
      subnet: UserSubnet | undefined;
      /** Host ports are chosen: none is 0. */
      forwards: PortForward[];
    }
  /** The hypervisor waits at the socket for a private network's switch. */
  | { kind: "switch"; mac: string; socket: string }
  | NicBackend
);

/** A machine to be started, with every choice made that is not the driver's. */
export interface MachineSpec {
  name: string;
  /** As `chooseOptions` has made them. */
  options: HypervisorOptions;
  memoryBytes: number;
  cpus: number;
  /** The first is the one that a machine without `kernel` boots from. */
  disks: Disk[];
  /** In the guest's order. */
  nics: Nic[];
  /** Direct kernel boot. Without, the machine boots from its disk. */
  kernel?: { path: string } | undefined;
  /** Words for the kernel, as `console=noecho`; empty for a kernel that takes none. */
  kernelOptions: string;
  /** Whether the guest has a virtio console and the events port: Pith. Without, the serial port is the console. */
  hasVirtioConsole: boolean;
  /** Whether the guest has a port for piped standard input. */
  pipedInput?: boolean;
  /** Whether the guest has a port for its trace. */
  trace: boolean;
  /** Whether the packets of all cards are captured from the start. */
  capture: boolean;
  /** Which run of the instance it is. */
  run: number;
  files: InstanceFiles;
}

/** A machine that is about to be started. */
export interface MachinePlan {
  spec: MachineSpec;
  /** Those of the spec, and what the driver has chosen for this run. */
  options: HypervisorOptions;
  /** What will run it, for the curious. */
  commandLine: string[];
}

/** How a machine ended, as far as the hypervisor can tell. */
export interface MachineEnd {
  /** Whether it had come so far that its guest could run. */
  hadStarted: boolean;
  /**
   * `guest-exit`: the guest has named its exit code; `power-off`: the guest has ended without one; `killed`: the machine was
   * ended from outside; `failed`: the hypervisor has ended by itself; `unknown`: nobody saw it.
   */
  outcome: "guest-exit" | "power-off" | "killed" | "failed" | "unknown";
  /** With `guest-exit`. */
  exitCode?: number;
  /** Why it failed or was killed. With `guest-exit`: what it means where the guest never ran. */
  problem?: ProblemReport;
}

/** Whether the guest's processors run, and why not: asked for, the disk refuses a write, or something else. */
export type MachineRunState = "runs" | "asked" | "disk" | "other";

/** What can be changed about a machine's network while it runs. Throws port.busy, and errors of the hypervisor's own. */
export interface MachineNetwork {
  addForward(forward: PortForward): Promise<void>;
  removeForward(forward: PortForward): Promise<void>;
  /** Its cards by their names, and those whose packets are captured at this moment. */
  cards(): Promise<{ name: string; isCaptured: boolean }[]>;
  /** Writes a card's packets to a file, which is started over. */
  beginCapture(card: string, path: string): Promise<void>;
  endCapture(card: string): Promise<void>;
  /** Disconnects a card from its network; the guest keeps the card. */
  unplug(card: string): Promise<void>;
}

/** What a driver knows a running machine by. Only the driver that made it looks inside. */
export interface MachineHandle {
  /** For people: `process 4711`. */
  readonly label: string;
  /** Its process, where the hypervisor has one for each machine. */
  readonly pid?: number | undefined;
  /** Whether it writes to the pipes that the keeper reads, not to the logs themselves (machines of Unideck 0.1.0). */
  readonly hasPipes: boolean;
}

/** A machine that has been started, by us or by an engine before us. */
export interface RunningMachine {
  readonly handle: MachineHandle;
  /** True when the hypervisor answers: the guest runs. False when the machine has ended before. */
  readonly started: Promise<boolean>;
  readonly ended: Promise<MachineEnd>;
  readonly network: MachineNetwork;
  /** Asks the guest to end. */
  pressPowerButton(): Promise<void>;
  /** Asks the hypervisor to end. */
  quit(): Promise<void>;
  pause(): Promise<void>;
  /** Resumes a paused machine; does nothing to one that runs. */
  resume(): Promise<void>;
  /** Tells the run state when it is first known, and whenever it changes. */
  watchRunState(tell: (state: MachineRunState) => void): void;
  /** Ends the machine at once. */
  kill(): void;
  /** Lets go of the machine, which runs on. */
  release(): void;
}

/** A check of the doctor's. `refresh`: tries again what is remembered. */
export interface DriverCheck {
  id: string;
  title: string;
  look(refresh: boolean): Promise<Omit<Check, "id" | "title">>;
}

export interface Driver {
  readonly info: HypervisorInfo;
  /** The options of a new instance, with every default that lasts longer than a run. Throws hypervisor.option. */
  chooseOptions(wanted: HypervisorOptions, kernel: "pith" | "nanos" | "unknown"): HypervisorOptions;
  /** Whether a machine with these options is given its kernel as a file, and does not boot from its disk. */
  bootsKernel(options: HypervisorOptions): boolean;
  /** A start with these options may come soon. */
  warmUp(options: HypervisorOptions): void;
  /** Makes the choices of a run. Throws hypervisor.missing, hypervisor.option. */
  plan(spec: MachineSpec): Promise<MachinePlan>;
  /**
   * Starts the machine so that it outlives the engine. `inherited`: descriptors that it is to have open. Throws
   * hypervisor.missing, hypervisor.failed where it could not be started at all.
   */
  start(plan: MachinePlan, inherited?: readonly number[]): Promise<RunningMachine>;
  /** The machines that run, by the folder of their instance, of any engine. */
  find(): Promise<Map<string, MachineHandle>>;
  /** Takes over a machine that runs; `run`: which of its instance's runs it is. */
  adopt(handle: MachineHandle, files: InstanceFiles, run: number): RunningMachine;
  /** Why a machine that ended unseen has failed; undefined where the hypervisor said nothing about it. */
  failureOf(files: InstanceFiles, run: number): Promise<ProblemReport | undefined>;
  /** A line of the hypervisor's log: when it was written, where it says so, and its text; undefined for one that is for us alone. */
  parseLogLine(line: string): { at?: number; text: string } | undefined;
  checks(): DriverCheck[];
  /** Ends what it does by itself; machines run on. */
  close(): Promise<void>;
}

/** What a gateway is in its private network. */
export interface GatewayAddresses {
  subnet: Subnet;
  gateway: number;
  nameServer: number;
  /** Where its own DHCP would begin; the network's switch has one of its own. */
  firstGuest: number;
}

/** Connects private networks to the host's networks, by user-mode networking in a process of its own. */
export interface GatewayDriver {
  /** Program and arguments: it connects to the socket `wire` and keeps its files in `folder`. Throws hypervisor.missing. */
  command(addresses: GatewayAddresses, wire: string, folder: string): Promise<[program: string, ...words: string[]]>;
  /** Ends one that was left behind with its files in `folder`. */
  endStray(folder: string): Promise<void>;
}

/** Makes a driver for these homes. */
export type DriverMaker = (world: {
  homes: { unideck: string; instances: string };
  /** `kernel.img` of the bundled Pith, to try accelerators with. It need not exist. */
  bundledPithKernel: string;
}) => Driver;
