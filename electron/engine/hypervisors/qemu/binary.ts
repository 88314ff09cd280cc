/** The QEMU of the host: where it is, which version, and what it can do. Asked once for each file. */

import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { Problem } from "../../../../shared/problem.ts";
import { findProgram } from "../../lib/find-program.ts";
import { installCommand } from "../../lib/install-command.ts";

export const QEMU_NAME = "qemu-system-x86_64";
/** Older ones lack options that we use, or have not been tried. */
export const OLDEST_QEMU_MAJOR = 6;
const ASK_TIMEOUT_MS = 5000;

export interface QemuFacts {
  path: string;
  /** `7.2.22` */
  version: string;
  major: number;
  machines: { microvm: boolean; q35: boolean };
  /** Accelerators that it was built with; whether they work here is another question (accelerator.ts). */
  accelerators: string[];
}

/** Where QEMU is, without starting it. Throws hypervisor.missing. */
export async function findQemu(searchPath?: string): Promise<string> {
  const path = await findProgram(QEMU_NAME, searchPath);
  if (path) return path;
  throw new Problem("hypervisor.missing", `QEMU (${QEMU_NAME}) was not found`, {
    hint: `Install it: ${installCommand(QEMU_NAME)}`,
  });
}

const known = new Map<string, Promise<QemuFacts>>();

/** What this QEMU is. Starts it the first time, and again when the file has changed. Throws what starting throws. */
export async function askQemu(path: string): Promise<QemuFacts> {
  const { mtimeMs, size } = await stat(path);
  const key = `${path} ${mtimeMs} ${size}`;
  let facts = known.get(key);
  if (!facts) {
    facts = ask(path);
    known.set(key, facts);
    facts.catch(() => known.delete(key));
  }
  return facts;
}

async function ask(path: string): Promise<QemuFacts> {
  const run = async (...options: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(path, options, { timeout: ASK_TIMEOUT_MS, maxBuffer: 1 << 20 });
    return stdout;
  };
  const [version, machines, accelerators] = await Promise.all([
    run("--version"),
    run("-machine", "help"),
    run("-accel", "help"),
  ]);
  return { path, ...parseVersion(version), machines: parseMachines(machines), accelerators: parseList(accelerators) };
}

/** From `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)`. */
export function parseVersion(text: string): { version: string; major: number } {
  const version = /version (\d+(?:\.\d+)*)/.exec(text)?.[1] ?? "unknown";
  return { version, major: Number.parseInt(version, 10) || 0 };
}

function parseMachines(text: string): QemuFacts["machines"] {
  const names = new Set(text.split("\n").map((line) => line.split(/\s/, 1)[0]));
  return { microvm: names.has("microvm"), q35: names.has("q35") };
}

/** A heading that ends in a colon, then a name a line. */
function parseList(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^[a-z0-9_-]+$/.test(line));
}
