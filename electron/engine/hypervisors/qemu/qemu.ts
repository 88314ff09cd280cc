/**
 * QEMU as a hypervisor.
 *
 * It is started as a process of its own session with its messages in a file, not with `-daemonize`: so we are its parent
 * and learn its status as long as we live, its words are not lost after the start, and macOS, where the fork of
 * `-daemonize` and hypervisor frameworks don't agree, is no special case. That it outlives us needs nothing more.
 */

import type { ChildProcess } from "node:child_process";
import { closeSync, fstatSync } from "node:fs";
import { Problem } from "../../../../shared/problem.ts";
import { launch } from "../../lib/launch.ts";
import { openRegularSync } from "../../lib/open-regular.ts";
import { privately } from "../../lib/private-files.ts";
import type { Hypervisor, MachineSpec, RunningMachine } from "../driver.ts";
import type { InstanceFiles } from "../instance-files.ts";
import { qemuArguments } from "./argv.ts";
import { findQemu } from "./binary.ts";
import { firstSentence } from "./failure.ts";
import { QemuMachine, readSaid } from "./machine.ts";
import { findMachines } from "./process-table.ts";

export class Qemu implements Hypervisor {
  readonly name = "qemu";
  readonly #instancesFolder: string;

  constructor(instancesFolder: string) {
    this.#instancesFolder = instancesFolder;
  }

  async commandLine(spec: MachineSpec): Promise<string[]> {
    return [await findQemu(), ...qemuArguments(spec)];
  }

  async launch(
    commandLine: string[],
    files: InstanceFiles,
    inherited: readonly number[] = [],
  ): Promise<RunningMachine> {
    const [program = "", ...words] = commandLine;
    const log = openRegularSync(files.qemuLog, "a");
    try {
      const logOffset = fstatSync(log).size;
      // Its logs and sockets are made with this umask.
      const child = privately(() =>
        launch(program, words, { cwd: files.folder, detached: true, stdio: ["ignore", log, log, ...inherited] }),
      );
      const pid = child.pid;
      if (pid === undefined) throw await reasonOfFailure(child);
      return new QemuMachine(pid, files, child, logOffset);
    } finally {
      closeSync(log);
    }
  }

  async findRunning(): Promise<Map<string, number>> {
    const machines = await findMachines(this.#instancesFolder);
    return new Map(machines.map(({ folder, pid }) => [folder, pid]));
  }

  async lastErrorOutput(files: InstanceFiles, logOffset: number): Promise<string | undefined> {
    const said = await readSaid(files, logOffset);
    return firstSentence(said) === undefined ? undefined : said;
  }

  adopt(pid: number, files: InstanceFiles, logOffset: number): RunningMachine {
    return new QemuMachine(pid, files, undefined, logOffset);
  }
}

function reasonOfFailure(child: ChildProcess): Promise<Problem> {
  return new Promise((resolve) => {
    child.once("error", (error) =>
      resolve(new Problem("qemu.failed", "QEMU could not be started", { details: String(error), cause: error })),
    );
  });
}
