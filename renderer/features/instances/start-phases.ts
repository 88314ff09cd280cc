/**
 * Where the time of a start went: host times and the kernel's own milestones as spans, one after the other. Pure.
 *
 * Milestones count from the kernel's entry, host times from 1970. They meet at the program's first output, which both
 * know where the kernel reports it; without that there are only the host's two spans.
 */

import type { Instance } from "../../../shared/contract/instances.ts";

export interface Phase {
  name: string;
  ms: number;
}

export interface StartPhases {
  /** From QEMU's start to the first output. */
  totalMs: number;
  phases: Phase[];
}

/** What was going on until a milestone, by the milestone's name. */
const phaseUntil: Readonly<Record<string, string>> = {
  kernel: "kernel",
  disk: "disk",
  address: "network",
  exec: "loading",
  "first-write": "program",
};

export function startPhases({ times, milestones, firstOutputSource }: Instance): StartPhases | undefined {
  const { starting, running, firstOutput } = times;
  if (starting === undefined || firstOutput === undefined || firstOutput < starting) return undefined;
  const totalMs = firstOutput - starting;
  const firstWrite = milestones.find(({ name }) => name === "first-write");
  if (!firstWrite || firstOutputSource === "console") {
    const qemu = Math.min(totalMs, Math.max(0, (running ?? starting) - starting));
    return {
      totalMs,
      phases: [
        { name: "QEMU", ms: qemu },
        { name: "kernel and program", ms: totalMs - qemu },
      ],
    };
  }
  const guestMs = Math.min(totalMs, firstWrite.atNs / 1e6);
  const phases: Phase[] = [{ name: "QEMU", ms: totalMs - guestMs }];
  let at = 0;
  for (const { name, atNs } of [...milestones].sort((a, b) => a.atNs - b.atNs)) {
    const phase = phaseUntil[name];
    const until = Math.min(guestMs, atNs / 1e6);
    if (phase === undefined || atNs > firstWrite.atNs) continue;
    phases.push({ name: phase, ms: until - at });
    at = until;
  }
  return { totalMs, phases };
}
