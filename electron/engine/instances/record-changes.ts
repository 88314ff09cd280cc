/** What a record says when something happens to its instance, and how that is put in words. Pure. */

import type { ExitRecord } from "../../../shared/contract/instances.ts";
import { Problem, type ProblemReport } from "../../../shared/problem.ts";
import type { InstanceRecord } from "./record.ts";

/** What holds of a machine that runs, and of no other. */
export const notAlive = {
  pid: undefined,
  pauseReason: undefined,
  stopStep: undefined,
} satisfies Partial<InstanceRecord>;

/** What a record says of a run that has only begun. */
export function freshRun({ times: { created } }: InstanceRecord, startedAt = Date.now()): Partial<InstanceRecord> {
  return {
    state: "starting",
    times: { created, starting: startedAt },
    milestones: [],
    addresses: [],
    listening: [],
    rawTerminal: undefined,
    exit: undefined,
    problem: undefined,
    firstOutputSource: undefined,
    ...notAlive,
  };
}

/** What kept a machine from being started, as a problem. */
export function startProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("hypervisor.failed", "The virtual machine could not be started", {
    details: String(error),
    cause: error,
  });
}

/** A problem that was written down, to be thrown. */
export function problemAgain({ code, message, hint, details }: ProblemReport): Problem {
  return new Problem(code, message, { ...(hint !== undefined && { hint }), ...(details !== undefined && { details }) });
}

export function exitInWords(exit: ExitRecord | undefined): string {
  const parts = [exit?.code === undefined ? undefined : `code ${exit.code}`, exit?.signal, exit?.reason];
  return parts.filter((part) => part !== undefined).join(", ");
}

export const pauseInWords = {
  asked: "requested",
  disk: "its disk cannot be written. Is the host's disk full?",
  other: "the hypervisor has stopped its CPUs",
} as const;
