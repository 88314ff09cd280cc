/** One program, run twice: by Linux, and by Pith in a virtual machine. What it says and how it ends must be the same. */

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { World } from "./world.ts";

export interface GuestOptions {
  arguments?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Its standard input, which then ends. */
  input?: string;
  /** Options of `unideck run` besides. */
  run?: readonly string[];
  /** How long Pith may take; otherwise as long as any command. */
  timeoutMs?: number;
}

export interface GuestOutcome {
  /** As a shell has it: 128 and the signal's number for a program that a signal ended. */
  code: number;
  /**
   * Standard output and standard error in the order in which they were written, a character for each byte: a virtual
   * machine has one console.
   */
  said: string;
}

const LINUX_LIMIT_MS = 20_000;
/** The stack that Pith gives, and no core dumps. */
const limits = ["--core=0", `--stack=${8 << 20}`, "--"];

/** The program on the host's Linux. */
export function onLinux(path: string, options: GuestOptions = {}): GuestOutcome {
  const folder = mkdtempSync(join(tmpdir(), "unideck-linux-"));
  const input = join(folder, "input");
  const output = join(folder, "output");
  writeFileSync(input, options.input ?? "");
  const descriptors = [openSync(input, "r"), openSync(output, "a")] as const;
  try {
    const { status, signal, error } = spawnSync("prlimit", [...limits, path, ...(options.arguments ?? [])], {
      stdio: [descriptors[0], descriptors[1], descriptors[1]],
      env: { PATH: "/usr/bin:/bin", ...options.environment },
      timeout: LINUX_LIMIT_MS,
    });
    if (error) throw error;
    const code = signal ? 128 + constants.signals[signal] : (status ?? -1);
    return { code, said: readFileSync(output, "latin1") };
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
}

export interface PithOutcome extends GuestOutcome {
  /** What the kernel said on the console, its crash report aside, and then its remarks. */
  kernel: string[];
  /** The lines between `--- crash ---` and `--- end ---`. */
  crash: string[];
}

let count = 0;

/** The program by `unideck run`, in an image and an instance of their own. */
export async function onPith(world: World, path: string, options: GuestOptions = {}): Promise<PithOutcome> {
  count += 1;
  const args = (options.arguments ?? []).map((argument) => `--arg=${argument}`);
  const variables = Object.entries(options.environment ?? {}).map(([name, value]) => `--env=${name}=${value}`);
  const { code, stdout, stderr } = await world.unideck(
    ["run", path, "--rm", "--verbose", "--name", `guest-${count}`, ...args, ...variables, ...(options.run ?? [])],
    { input: options.input ?? "", encoding: "latin1", ...(options.timeoutMs && { timeoutMs: options.timeoutMs }) },
  );
  const { kernel, ...console } = readConsole(stdout);
  return { code, ...console, kernel: [...kernel, ...remarksIn(stderr)] };
}

/** What the kernel remarked during a run, of the standard error of `run --verbose`: all but its first words. */
export function remarksIn(stderr: string): string[] {
  return (stderr.match(/^pith: .*$/gm) ?? []).filter((line) => !/^pith: \S+, \d+ MiB$/.test(line));
}

/** Tells the program's words on a console from the kernel's. */
function readConsole(text: string): Omit<PithOutcome, "code"> {
  const [, crash = ""] = /^--- crash ---\n(.*?)^--- end ---\n/ms.exec(text) ?? [];
  const rest = text.replace(/^--- crash ---\n.*?^--- end ---\n/ms, "");
  const kernel = rest.match(/^pith: .*$/gm) ?? [];
  return { said: rest.replace(/^pith: .*\n/gm, ""), kernel, crash: crash.split("\n").filter(Boolean) };
}

/** Runs `work` on all of `items`, two at a time: an emulated machine wants a processor of its own. */
export async function inPairs<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const one = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all([one(), one()]);
}
