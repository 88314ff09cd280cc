/** How an instance ended: from everything that bears witness, the best first. Pure. */

import type { ExitRecord } from "../../../shared/contract/instances.ts";
import { STOPPED } from "../../../shared/instance-state.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import type { MachineEnd } from "../hypervisors/driver.ts";
import { qemuFailure } from "../hypervisors/qemu/failure.ts";
import { parseJson } from "../lib/parse-json.ts";
import { GuestExit } from "./guest-events.ts";

export interface Witnesses {
  kernel: "pith" | "nanos" | "unknown";
  /** The exit event of this run. */
  guestExit: GuestExit | undefined;
  /** What the kernel left on the disk in this run. */
  crashLog: { code: number; text: string } | undefined;
  /** What QEMU's end was like; undefined where no engine was there. */
  machine: MachineEnd | undefined;
  /** Whether the guest gave any sign of life: an event, a byte on its console. */
  guestLived: boolean;
  /** What we did to end it, where we did. */
  asked: "stop" | "quit" | "kill" | undefined;
}

const SIGTERM = 15;

export type Ending =
  | { state: "exited"; exit: ExitRecord }
  | { state: "failed"; exit?: ExitRecord; problem: ProblemReport };

export function classifyExit(witnesses: Witnesses): Ending {
  const { kernel, guestExit, crashLog, machine, asked } = witnesses;
  const told = guestExit ?? (kernel === "pith" && crashLog ? parsePithCrashLog(crashLog.text) : undefined);
  // A program that cleans up first often ends by sending itself the signal, or with its code, as a shell would tell it.
  if (told && asked && (told.signal === "SIGTERM" || told.code === 128 + SIGTERM))
    return exited(told.code, STOPPED, told.signal ?? undefined);
  if (told) return exited(told.code, told.reason ? cleaned(told.reason) : "exited", told.signal ?? undefined);
  if (asked === "kill") return exited(undefined, "killed");
  if (crashLog && crashLog.code >= 0 && crashLog.code <= 255)
    return exited(crashLog.code, "the kernel says why on the console");
  if (asked === "quit") return exited(undefined, "did not react to the power button; QEMU was told to quit");
  if (!machine) return exited(undefined, "ended while Unideck was not running; its exit code is not known");
  if (machine.signal) return unexpected(witnesses, `ended by ${machine.signal}`);
  return judgeStatus(witnesses, machine);
}

/** The exit record as Pith leaves it on the disk: a line of JSON. */
function parsePithCrashLog(text: string): GuestExit | undefined {
  return GuestExit.safeParse(parseJson(text.split("\n", 1)[0] ?? "")).data;
}

/** Only QEMU's status is left (docs/formats.md, "How a machine ends"): even for a power-off, odd for isa-debug-exit, 1 for either. */
function judgeStatus(witnesses: Witnesses, { status, cause, hadStarted }: MachineEnd): Ending {
  const { kernel, guestLived, asked } = witnesses;
  // Pith leaves a record whenever it ends by itself.
  if (kernel === "pith" && (guestLived || hadStarted)) {
    if (asked) return exited(undefined, STOPPED);
    return exited(undefined, status === undefined ? unknownEnd : "ended without an exit record");
  }
  if (status !== undefined && status % 2 === 1 && (status > 1 || guestLived)) return exited(status >> 1, "exited");
  if (status === 1) return unexpected(witnesses, "status 1");
  if (status === 0 || cause === "guest-shutdown") {
    // Nanos: no crash log and a clean power-off mean 0.
    return kernel === "nanos" && !asked ? exited(0, "exited") : exited(undefined, asked ? STOPPED : "powered off");
  }
  if (status !== undefined) return unexpected(witnesses, `status ${status}`);
  return exited(undefined, unknownEnd);
}

const unknownEnd = "ended; its exit code is not known";

function exited(code: number | undefined, reason: string, signal?: string): Ending {
  return { state: "exited", exit: { code, signal, reason } };
}

function unexpected({ machine, guestLived }: Witnesses, ending: string): Ending {
  const problem = qemuFailure(machine?.said ?? "", ending, machine?.portHolder).report();
  return guestLived
    ? { state: "failed", exit: { reason: "QEMU ended unexpectedly" }, problem }
    : { state: "failed", problem };
}

/** A guest's words, for one line on a screen. */
function cleaned(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim() || "exited";
}
