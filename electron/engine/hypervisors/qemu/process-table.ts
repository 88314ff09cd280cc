/**
 * Which QEMUs of ours run, read from the system's process table: the one source that a kill -9 of the engine at any
 * moment can't make lie. A machine is known by its `-pidfile`, which lies in its instance's folder.
 */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { ownWords } from "../../lib/launch.ts";
import type { MachineHandle } from "../driver.ts";
import { pipesIn } from "../pipes.ts";

/** A machine's process, as it was started. */
export class QemuHandle implements MachineHandle {
  readonly pid: number;
  /** Program and arguments. From `ps`, which does not tell where a word ends, they are split at every space. */
  readonly commandLine: readonly string[];

  constructor(pid: number, commandLine: readonly string[]) {
    this.pid = pid;
    this.commandLine = commandLine;
  }

  get label(): string {
    return `process ${this.pid}`;
  }

  get hasPipes(): boolean {
    return this.commandLine.some((word) => word.includes(basename(pipesIn("").serial)));
  }
}

/** A machine's process and the folder of its instance. */
export interface MachineProcess {
  handle: QemuHandle;
  folder: string;
}

/** The machines whose instance lies in `instancesFolder`. */
export async function findMachines(instancesFolder: string): Promise<MachineProcess[]> {
  const processes = process.platform === "linux" ? await readProc() : await askPs();
  const home = await realpath(instancesFolder).catch(() => instancesFolder);
  const found: MachineProcess[] = [];
  for (const machine of processes) {
    const parent = await realpath(dirname(machine.folder)).catch(() => dirname(machine.folder));
    if (parent === home) found.push(machine);
  }
  return found;
}

/** Whether `pid` is the machine of the instance in `folder`. A process that has ended and was not waited for is not. */
export async function isMachineOf(pid: number, folder: string): Promise<boolean> {
  if (process.platform === "linux") return isMachineOfNow(pid, folder);
  return (await askPs(pid)).some((machine) => basename(machine.folder) === basename(folder));
}

/** The same for Linux, at once: right before a signal is sent. */
export function isMachineOfNow(pid: number, folder: string): boolean {
  try {
    const found = machineFolder(ownWords(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")));
    return found !== undefined && basename(found) === basename(folder);
  } catch {
    return false;
  }
}

async function readProc(): Promise<MachineProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const words = ownWords(text.split("\0"));
      const folder = machineFolder(words);
      return folder === undefined ? [] : [{ handle: new QemuHandle(pid, words), folder }];
    }),
  );
  return found.flat();
}

function machineFolder(words: readonly string[]): string | undefined {
  if (!basename(words[0] ?? "").startsWith("qemu-system-")) return undefined;
  const at = words.indexOf("-pidfile");
  const path = at > 0 ? words[at + 1] : undefined;
  return path && basename(path) === "qemu.pid" ? dirname(path) : undefined;
}

/** Systems without /proc. `ps` joins the words of a command with spaces. */
async function askPs(pid?: number): Promise<MachineProcess[]> {
  const which = pid === undefined ? ["-ax"] : ["-p", String(pid)];
  try {
    const { stdout } = await promisify(execFile)("ps", [...which, "-ww", "-o", "pid=,command="], {
      maxBuffer: 64 << 20,
      timeout: 5000,
    });
    return stdout.split("\n").flatMap(parsePsLine);
  } catch {
    // `ps -p` fails where there is no such process.
    return [];
  }
}

/** Exported for its test. */
export function parsePsLine(line: string): MachineProcess[] {
  const parts = /^\s*(\d+) (\S*?qemu-system-\S+) .*-pidfile (.+?)\/qemu\.pid( |$)/.exec(line);
  if (!parts?.[1] || !parts[3]) return [];
  return [{ handle: new QemuHandle(Number(parts[1]), line.trim().split(" ").slice(1)), folder: parts[3] }];
}
