/** What the end of a QEMU process says of its guest (docs/formats.md, "How a machine ends"). Pure. */

import type { MachineEnd } from "../driver.ts";
import { qemuFailure } from "./failure.ts";

/** What was seen of the end. */
export interface ProcessEnd {
  /** Exit status; absent where we are not its parent. */
  status?: number | undefined;
  /** The signal that ended it. */
  signal?: string | undefined;
  /** What QMP's last event said: `guest-shutdown`, `guest-panic`, `host-qmp-quit` … */
  cause?: string | undefined;
  hadStarted: boolean;
  /** What it printed in this run. */
  said: string;
  /** Who has the port of the host that it could not have, where that is why it ended and is known. */
  portHolder?: string | undefined;
}

/** Status 0 is a power-off; an odd one is isa-debug-exit's `(code << 1) | 1`, but 1 may be QEMU's own failure too. */
export function machineEnd({ status, signal, cause, hadStarted, said, portHolder }: ProcessEnd): MachineEnd {
  const problem = (ending: string) => qemuFailure(said, ending, portHolder).report();
  if (signal !== undefined) return { hadStarted, outcome: "killed", problem: problem(`ended by ${signal}`) };
  if (status === 1) return { hadStarted, outcome: "guest-exit", exitCode: 0, problem: problem("status 1") };
  if (status !== undefined && status % 2 === 1) return { hadStarted, outcome: "guest-exit", exitCode: status >> 1 };
  if (status === 0 || cause === "guest-shutdown") return { hadStarted, outcome: "power-off" };
  if (status === undefined) return { hadStarted, outcome: "unknown" };
  return { hadStarted, outcome: "failed", problem: problem(`status ${status}`) };
}
