/** An instance's state in words and as a tone, and what its exit means. Pure. */

import type { ExitRecord, Instance } from "../../shared/contract/instances.ts";
import { isAlive, isStopped } from "../../shared/instance-state.ts";
import { formatAgo, formatSpan } from "../ui/format.ts";
import type { Tone } from "../ui/state-mark.tsx";

/** The kernel's own exit code when it crashed itself, and when it could not start the program (docs of Pith). */
export const ExitCode = { kernelCrash: 125, notStarted: 127, signalBase: 128 } as const;

/** Signals by which somebody ends a program on purpose; every other one is a crash. */
const requested = new Set(["SIGTERM", "SIGINT", "SIGKILL", "SIGHUP"]);

const signalNames: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

/** Whether the program or the kernel ended by a fault of its own. */
export function hasCrashed({ state, exit }: Pick<Instance, "state" | "exit">): boolean {
  if (state !== "exited" || !exit) return false;
  return exit.code === ExitCode.kernelCrash || (exit.signal !== undefined && !requested.has(exit.signal));
}

/** Whether it ended as it was asked to: the power button is SIGTERM to a program, which then has no code of its own. */
function wasStopped({ times, exit }: Pick<Instance, "times" | "exit">): boolean {
  if (times.stopping === undefined || !exit) return false;
  const signal = exit.signal ?? (exit.code === undefined ? undefined : signalOf(exit.code));
  return signal !== undefined && requested.has(signal);
}

export interface StateWords {
  tone: Tone;
  /** `running 3 m`, `exited 0`, `crashed`. Changes at most once a minute, as it is read out when it does. */
  word: string;
}

export function stateWords(instance: Instance, now: number): StateWords {
  const { state, exit, times } = instance;
  switch (state) {
    case "created":
      return { tone: "off", word: "created" };
    case "starting":
      return { tone: "busy", word: "starting" };
    case "running": {
      const since = times.running ?? times.starting;
      const age = since === undefined ? undefined : now - since;
      return { tone: "ok", word: age !== undefined && age >= 60_000 ? `running ${formatSpan(age)}` : "running" };
    }
    case "paused":
      return { tone: "busy", word: instance.pauseReason === "disk" ? "paused · disk full" : "paused" };
    case "stopping":
      return { tone: "busy", word: "stopping" };
    case "failed":
      return { tone: "bad", word: "failed" };
    case "damaged":
      return { tone: "bad", word: "damaged" };
    case "exited":
      if (hasCrashed(instance)) return { tone: "bad", word: "crashed" };
      return { tone: exit?.code && !wasStopped(instance) ? "bad" : "off", word: exitWords(exit) };
    default:
      return unreachable(state);
  }
}

/** `exited 0`, `exited 139 · SIGSEGV`, or the reason where there is no code. */
export function exitWords(exit: ExitRecord | undefined): string {
  if (!exit) return "exited";
  if (isStopped(exit)) return "stopped";
  if (exit.code === undefined) return exit.signal ?? (exit.reason === "" ? "exited" : exit.reason);
  const signal = exit.signal ?? signalOf(exit.code);
  return signal ? `exited ${exit.code} · ${signal}` : `exited ${exit.code}`;
}

/** One sentence about the exit, for those who don't know the numbers. */
export function exitMeaning(exit: ExitRecord): string {
  const { code, reason } = exit;
  const signal = exit.signal ?? (code === undefined ? undefined : signalOf(code));
  if (isStopped(exit)) return "The program was stopped.";
  if (code === 0) return "The program exited successfully.";
  if (code === ExitCode.kernelCrash) return "The kernel crashed; see the console.";
  if (code === ExitCode.notStarted) return "The program could not be started; see the console.";
  if (signal !== undefined && requested.has(signal)) return `The program was ended with ${signal} (${reason}).`;
  if (signal !== undefined) return `The program was ended by ${signal}: a crash.`;
  if (code === undefined) return `The exit code of the program is unknown (${reason}).`;
  return `The program exited with code ${code}, which usually means an error.`;
}

const signalOf = (code: number) => signalNames[code - ExitCode.signalBase];

/** How long the power button has before the next step (the contract's `instances.stop`). */
const POWER_BUTTON_MS = 5000;

/** The step of a stop that is being taken, as the engine tells it. */
function stopWords({ stopStep, times: { stopping } }: Instance, now: number): string {
  if (stopStep === "quit") return "did not power off; asking QEMU to quit";
  if (stopStep === "kill") return "QEMU does not quit; killing it";
  const left = stopping === undefined ? 0 : POWER_BUTTON_MS - (now - stopping);
  return left > 0 ? `asked to power off, forced in ${Math.ceil(left / 1000)} s` : "asked to power off";
}

/** The line beside the state: `first output after 0.09 s`, `after 1.8 s · 2 min ago`. */
export function stateDetail(instance: Instance, now: number): string {
  const { times, exit } = instance;
  if (instance.state === "stopping") return stopWords(instance, now);
  if (isAlive(instance)) {
    if (times.firstOutput === undefined || times.starting === undefined) return "";
    return `first output after ${((times.firstOutput - times.starting) / 1000).toFixed(2)} s`;
  }
  if (times.ended === undefined) return "";
  const ran = times.starting === undefined ? [] : [`after ${formatSpan(times.ended - times.starting)}`];
  const how = hasCrashed(instance) ? [exit?.signal ?? "kernel"] : [];
  return `${[...how, ...ran].join(" ")} · ${formatAgo(times.ended, now)}`.replace(/^ · /, "");
}

export function kernelName({ kind, version }: Instance["kernel"]): string {
  const name = { pith: "Pith", nanos: "Nanos", unknown: "unknown kernel" }[kind];
  return version ? `${name} ${version}` : name;
}

function unreachable(value: never): never {
  throw new Error(`No words for ${JSON.stringify(value)}`);
}
