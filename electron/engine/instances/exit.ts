/** How an instance ended: from all evidence, the best first. Pure. */

import type { ExitRecord } from "../../../shared/contract/instances.ts";
import { STOPPED } from "../../../shared/instance-state.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import type { MachineEnd } from "../hypervisors/driver.ts";
import { parseJson } from "../lib/parse-json.ts";
import { GuestExit } from "./guest-events.ts";

export interface ExitEvidence {
  kernel: "pith" | "nanos" | "unknown";
  /** The exit event of this run. */
  guestExit: GuestExit | undefined;
  /** What the kernel left on the disk in this run. */
  crashLog: { code: number; text: string } | undefined;
  /** What the machine's end was like; undefined where no engine was there. */
  machine: MachineEnd | undefined;
  /** What the hypervisor is called. */
  hypervisor: string;
  /** Whether the guest gave any sign of life: an event, a byte on its console. */
  guestLived: boolean;
  /** What we did to end it, where we did. */
  asked: "stop" | "quit" | "kill" | undefined;
}

const SIGTERM = 15;

export type Ending =
  | { state: "exited"; exit: ExitRecord }
  | { state: "failed"; exit?: ExitRecord; problem: ProblemReport };

export function classifyExit(evidence: ExitEvidence): Ending {
  const { kernel, guestExit, crashLog, machine, hypervisor, asked } = evidence;
  const told = guestExit ?? (kernel === "pith" && crashLog ? parsePithCrashLog(crashLog.text) : undefined);
  // A program that cleans up first often ends by sending itself the signal, or with its code, as a shell would tell it.
  if (told && asked && (told.signal === "SIGTERM" || told.code === 128 + SIGTERM))
    return exited(told.code, STOPPED, told.signal ?? undefined);
  if (told) return exited(told.code, told.reason ? cleaned(told.reason) : "exited", told.signal ?? undefined);
  if (asked === "kill") return exited(undefined, "killed");
  if (crashLog && crashLog.code >= 0 && crashLog.code <= 255)
    return exited(crashLog.code, "see the console for the reason");
  if (asked === "quit") return exited(undefined, `did not react to the power button; ${hypervisor} was told to quit`);
  if (!machine) return exited(undefined, "ended while Unideck was not running; its exit code is not known");
  if (machine.outcome === "killed") return unexpected(evidence, machine);
  return judgeMachine(evidence, machine);
}

/** The exit record as Pith leaves it on the disk: a line of JSON. */
function parsePithCrashLog(text: string): GuestExit | undefined {
  return GuestExit.safeParse(parseJson(text.split("\n", 1)[0] ?? "")).data;
}

/** Only what the hypervisor saw is left. */
function judgeMachine(evidence: ExitEvidence, machine: MachineEnd): Ending {
  const { kernel, guestLived, asked } = evidence;
  const { outcome, exitCode, hadStarted, problem } = machine;
  // Pith leaves a record whenever it ends by itself.
  if (kernel === "pith" && (guestLived || hadStarted)) {
    if (asked) return exited(undefined, STOPPED);
    return exited(undefined, outcome === "unknown" ? unknownEnd : "ended without an exit record");
  }
  if (outcome === "guest-exit" && (guestLived || !problem)) return exited(exitCode, "exited");
  // Nanos: no crash log and a clean power-off mean 0.
  if (outcome === "power-off")
    return kernel === "nanos" && !asked ? exited(0, "exited") : exited(undefined, asked ? STOPPED : "powered off");
  return problem ? unexpected(evidence, machine) : exited(undefined, unknownEnd);
}

const unknownEnd = "ended; its exit code is not known";

function exited(code: number | undefined, reason: string, signal?: string): Ending {
  return { state: "exited", exit: { code, signal, reason } };
}

function unexpected({ hypervisor, guestLived }: ExitEvidence, { problem }: MachineEnd): Ending {
  const told = problem ?? { code: "hypervisor.failed", message: `${hypervisor} ended unexpectedly` };
  return guestLived
    ? { state: "failed", exit: { reason: `${hypervisor} ended unexpectedly` }, problem: told }
    : { state: "failed", problem: told };
}

/** A guest's words, for one line on a screen. */
function cleaned(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim() || "exited";
}
