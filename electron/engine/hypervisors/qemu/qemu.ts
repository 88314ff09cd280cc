/**
 * QEMU as a hypervisor.
 *
 * It is started as a process of its own session with its messages in a file, not with `-daemonize`: so we are its parent
 * and learn its status as long as we live, its words are not lost after the start, and macOS, where the fork of
 * `-daemonize` and hypervisor frameworks don't agree, is no special case. That it outlives us needs nothing more.
 */

import type { ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { join } from "node:path";
import type { HypervisorInfo, HypervisorOptions } from "../../../../shared/contract/hypervisors.ts";
import { Problem, type ProblemReport } from "../../../../shared/problem.ts";
import { launch } from "../../lib/launch.ts";
import { openRegularSync } from "../../lib/open-regular.ts";
import { privately } from "../../lib/private-files.ts";
import type {
  Driver,
  DriverCheck,
  DriverMaker,
  MachineHandle,
  MachinePlan,
  MachineSpec,
  RunningMachine,
} from "../driver.ts";
import type { InstanceFiles } from "../instance-files.ts";
import { Accelerators } from "./accelerator.ts";
import { type Accelerator, type MachineType, qemuArguments } from "./argv.ts";
import { findQemu } from "./binary.ts";
import { checkAccelerator, checkQemu, checkQemuImg } from "./checks.ts";
import { firstSentence, parseQemuLine, qemuFailure } from "./failure.ts";
import { QemuMachine } from "./machine.ts";
import { findMachines, QemuHandle } from "./process-table.ts";
import { isMark, markRun, saidIn } from "./run-log.ts";

const machineTypes: Record<MachineType, string> = {
  microvm: "microvm: starts fastest",
  q35: "q35: boots from the disk",
};
const accelerators: Record<Accelerator, string> = {
  kvm: "KVM (Linux)",
  hvf: "HVF (macOS)",
  tcg: "TCG: emulation, works everywhere",
};
const AUTO = "auto";
const choicesOf = (known: Record<string, string>) => Object.entries(known).map(([value, title]) => ({ value, title }));

const info: HypervisorInfo = {
  name: "qemu",
  title: "QEMU",
  architectures: ["x86_64"],
  machineTypes: Object.keys(machineTypes),
  accelerators: Object.keys(accelerators),
  consoles: ["serial", "virtio"],
  canPause: true,
  canCapture: true,
  hasMemoryStatistics: true,
  hotPlug: { ports: true, disks: false, networkCards: false },
  options: [
    { name: "machine", title: "Machine", choices: [{ value: AUTO, title: "Automatic" }, ...choicesOf(machineTypes)] },
    {
      name: "accelerator",
      title: "Acceleration",
      choices: [{ value: AUTO, title: "Automatic (best available)" }, ...choicesOf(accelerators)],
    },
  ],
};

export const qemuDriver: DriverMaker = ({ homes, bundledPithKernel }) =>
  new Qemu(
    homes.instances,
    new Accelerators({ path: join(homes.unideck, "accelerators.json"), kernel: bundledPithKernel }),
  );

export class Qemu implements Driver {
  readonly info = info;
  readonly #instancesFolder: string;
  readonly #accelerators: Accelerators;

  constructor(instancesFolder: string, accelerators: Accelerators) {
    this.#instancesFolder = instancesFolder;
    this.#accelerators = accelerators;
  }

  /** Only Pith has what a microvm needs: it starts without firmware, from its own file. */
  chooseOptions(wanted: HypervisorOptions, kernel: "pith" | "nanos" | "unknown"): HypervisorOptions {
    for (const name of Object.keys(wanted)) refuseUnknown(name);
    const asked = choiceOf("machine", wanted, machineTypes);
    const machine = asked === AUTO ? (kernel === "pith" ? "microvm" : "q35") : asked;
    if (machine === "microvm" && kernel !== "pith")
      throw new Problem("hypervisor.option", "The image's kernel does not run on the machine microvm", {
        hint: "Choose q35, or leave it to Unideck.",
      });
    const accelerator = choiceOf("accelerator", wanted, accelerators);
    return accelerator === AUTO ? { machine } : { machine, accelerator };
  }

  bootsKernel({ machine }: HypervisorOptions): boolean {
    return machine === "microvm";
  }

  warmUp(options: HypervisorOptions): void {
    if (choiceOf("accelerator", options, accelerators) === AUTO) this.#accelerators.warmUp();
  }

  async plan(spec: MachineSpec): Promise<MachinePlan> {
    const asked = choiceOf("machine", spec.options, machineTypes);
    const machine = asked === AUTO ? "q35" : asked;
    const [program, accelerator] = await Promise.all([
      findQemu(),
      this.#accelerators.choose(choiceOf("accelerator", spec.options, accelerators)),
    ]);
    const options = { machine, accelerator };
    return { spec, options, commandLine: [program, ...qemuArguments(spec, options)] };
  }

  async start({ spec, commandLine }: MachinePlan, inherited: readonly number[] = []): Promise<RunningMachine> {
    const { files, run } = spec;
    const [program = "", ...words] = commandLine;
    const log = openRegularSync(files.qemuLog, "a");
    try {
      markRun(log, run);
      // Its logs and sockets are made with this umask.
      const child = privately(() =>
        launch(program, words, { cwd: files.folder, detached: true, stdio: ["ignore", log, log, ...inherited] }),
      );
      const pid = child.pid;
      if (pid === undefined) throw await reasonOfFailure(child);
      return new QemuMachine(new QemuHandle(pid, commandLine), files, child, run);
    } finally {
      closeSync(log);
    }
  }

  async find(): Promise<Map<string, MachineHandle>> {
    const machines = await findMachines(this.#instancesFolder);
    return new Map(machines.map(({ folder, handle }) => [folder, handle]));
  }

  adopt(handle: MachineHandle, files: InstanceFiles, run: number): RunningMachine {
    if (!(handle instanceof QemuHandle)) throw new TypeError(`${handle.label} is not a machine of QEMU's`);
    return new QemuMachine(handle, files, undefined, run);
  }

  async failureOf(files: InstanceFiles, run: number): Promise<ProblemReport | undefined> {
    const said = await saidIn(files, run);
    return firstSentence(said) === undefined ? undefined : qemuFailure(said, "status 1").report();
  }

  parseLogLine(line: string): { at?: number; text: string } | undefined {
    return isMark(line) ? undefined : parseQemuLine(line);
  }

  checks(): DriverCheck[] {
    return [
      { id: "qemu", title: "QEMU", look: checkQemu },
      { id: "qemu-img", title: "qemu-img", look: checkQemuImg },
      {
        id: "accelerator",
        title: "Hardware acceleration",
        look: (refresh) => checkAccelerator(this.#accelerators, refresh),
      },
    ];
  }

  close(): Promise<void> {
    return this.#accelerators.close();
  }
}

function refuseUnknown(name: string): void {
  if (info.options.some((option) => option.name === name)) return;
  const known = info.options.map((option) => option.name).join(", ");
  throw new Problem("hypervisor.option", `QEMU has no option named ${name}`, { hint: `Its options: ${known}.` });
}

/** What is wanted of an option; `auto` where nothing is. Throws hypervisor.option. */
function choiceOf<Value extends string>(
  name: string,
  options: HypervisorOptions,
  known: Record<Value, string>,
): Value | typeof AUTO {
  const wanted = options[name] ?? AUTO;
  const isKnown = (value: string): value is Value => Object.hasOwn(known, value);
  if (wanted === AUTO) return AUTO;
  if (isKnown(wanted)) return wanted;
  throw new Problem("hypervisor.option", `QEMU's ${name} can't be ${wanted}`, {
    hint: `Choose one of: ${[AUTO, ...Object.keys(known)].join(", ")}.`,
  });
}

function reasonOfFailure(child: ChildProcess): Promise<Problem> {
  return new Promise((resolve) => {
    child.once("error", (error) =>
      resolve(new Problem("hypervisor.failed", "QEMU could not be started", { details: String(error), cause: error })),
    );
  });
}
