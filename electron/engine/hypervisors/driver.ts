/**
 * What the supervisor knows of a hypervisor: how to start a machine, how to find those that run, and how to end them.
 * QEMU is the one there is (qemu/); everything that is QEMU's own stays behind this.
 */

import type { PortForward } from "../../../shared/contract/instances.ts";
import type { UserSubnet } from "../lib/static-address.ts";
import type { InstanceFiles } from "./instance-files.ts";

export type Accelerator = "kvm" | "hvf" | "tcg";

/** Where a card is plugged in that has a network of the host behind it. */
export type Plug =
  /** A TAP that is there, and ours to open. */
  | { kind: "tap"; network: string; mac: string; tap: string }
  /** QEMU's own helper makes one. */
  | { kind: "bridge-helper"; network: string; mac: string; bridge: string; helper: string }
  /** macOS. */
  | { kind: "vmnet-shared" | "vmnet-bridged"; network: string; mac: string; interface: string | undefined };

/** A machine to be started, with every choice made. */
export interface MachineSpec {
  name: string;
  machine: "microvm" | "q35";
  accelerator: Accelerator;
  memoryBytes: number;
  cpus: number;
  /** Host ports are chosen: none is 0. */
  ports: PortForward[];
  /** Whether there is a network card at all. */
  network: boolean;
  /** Whether the guest opens no connection through it, and is only reached through forwards. */
  isRestricted?: boolean | undefined;
  /** What is behind that card, where the guest brings its own address along. */
  userSubnet?: UserSubnet | undefined;
  /** Cards that lead to private networks: QEMU waits for the switch at the socket. */
  privateNetworks: { network: string; mac: string; socket: string }[];
  /** Cards in networks that this machine is in. */
  plugs: Plug[];
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
  /** Whether its packets are captured from the start. */
  capture: boolean;
  files: InstanceFiles;
}

/** How a machine ended, as far as the hypervisor can tell. */
export interface MachineEnd {
  /** Exit status of its process; absent where we are not its parent. */
  status?: number | undefined;
  /** The signal that ended its process. */
  signal?: string | undefined;
  /** Whether it had come so far that its guest could run. */
  hadStarted: boolean;
  /** What the hypervisor said about its end: `guest-shutdown`, `guest-panic`, `host-qmp-quit` … */
  cause?: string | undefined;
  /** What it printed in this run; bounded. */
  said: string;
  /** Who has the port of the host that it could not have, where that is why it ended and is known. */
  portHolder?: string | undefined;
}

/** Whether the guest's processors run, and why not: asked for, the disk refuses a write, or something else. */
export type MachineRunState = "runs" | "asked" | "disk" | "other";

/** What can be changed about a machine's network while it runs. Throws what the monitor throws, port.busy. */
export interface MachineNetwork {
  /** `guest`: its address, where that is not the usual one. */
  addForward(forward: PortForward, guest: string | undefined): Promise<void>;
  removeForward(forward: PortForward): Promise<void>;
  /** Its cards by their names, and those whose packets are captured at this moment. */
  cards(): Promise<{ name: string; isCaptured: boolean }[]>;
  /** Writes a card's packets to a file, which begins anew. */
  beginCapture(card: string, path: string): Promise<void>;
  endCapture(card: string): Promise<void>;
  /** Takes away what leads a card; the guest keeps the card. */
  unplug(card: string): Promise<void>;
}

/** A machine whose process has been started, by us or by an engine before us. */
export interface RunningMachine {
  readonly pid: number;
  /** True when the hypervisor answers: the guest runs. False when the machine has ended before. */
  readonly started: Promise<boolean>;
  readonly ended: Promise<MachineEnd>;
  readonly network: MachineNetwork;
  /** Asks the guest to end. */
  pressPowerButton(): Promise<void>;
  /** Asks the hypervisor to end. */
  quit(): Promise<void>;
  pause(): Promise<void>;
  /** Lets it go on where it stands still; nothing where it runs. */
  resume(): Promise<void>;
  /** Tells the motion when it is first known, and whenever it changes. */
  watchRunState(tell: (motion: MachineRunState) => void): void;
  /** Ends the process at once. */
  kill(): void;
  /** Lets go of the machine, which runs on. */
  release(): void;
}

export interface Hypervisor {
  readonly name: "qemu";
  /** The command that `launch` will run. Throws qemu.missing. */
  commandLine(spec: MachineSpec): Promise<string[]>;
  /** Starts it, detached: it outlives the engine. `inherited`: descriptors that it is to have open. Throws qemu.missing, qemu.failed where no process came to be. */
  launch(commandLine: string[], files: InstanceFiles, inherited?: readonly number[]): Promise<RunningMachine>;
  /** The process ids of the machines that run, by the folder of their instance, whoever started them. */
  findRunning(): Promise<Map<string, number>>;
  /** What a machine said that ended unseen: from `logOffset` in its log. Nothing, where it said nothing that matters. */
  lastErrorOutput(files: InstanceFiles, logOffset: number): Promise<string | undefined>;
  /** Takes over a machine that runs. `logOffset`: the size of qemu.log before its start. */
  adopt(pid: number, files: InstanceFiles, logOffset: number): RunningMachine;
}
