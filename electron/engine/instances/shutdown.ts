/** How a machine is brought to its end: power button, then quit, then the signal; each after the time that the one before has. */

import { setTimeout as sleep } from "node:timers/promises";
import type { RunningMachine } from "../hypervisors/driver.ts";

/** How long each way of ending a machine may take before the next, rougher one. */
export interface StopTimes {
  powerButtonMs: number;
  quitMs: number;
}

/** What the machine was asked last; it is how its end is understood. */
export type Asked = "stop" | "quit" | "kill";

export interface Shutdown {
  machine: RunningMachine;
  /** What the hypervisor is called. */
  hypervisor: string;
  /** Settles when the machine's end has been recorded. */
  over: Promise<void>;
  times: StopTimes;
  /** Told before each step. */
  step: (asked: Asked, sentence: string) => void;
  say: (sentence: string) => void;
}

/** Settles at the end. */
export async function shutDown({ machine, hypervisor, over, times, step, say }: Shutdown): Promise<void> {
  /** Makes a request as soon as the machine answers at all; says whether the end came within `limitMs`. */
  const endsBy = async (request: () => Promise<void>, limitMs: number): Promise<boolean> => {
    const asking = machine.started.then((isThere) => (isThere ? request() : undefined));
    // A hypervisor that does not answer is what the next step is for.
    asking.catch((error: unknown) => say(`${hypervisor} did not answer: ${String(error)}`));
    const timer = new AbortController();
    try {
      return await Promise.race([
        over.then(() => true),
        sleep(limitMs, false, { ref: false, signal: timer.signal }).catch(() => true),
      ]);
    } finally {
      timer.abort();
    }
  };

  step("stop", "Pressing the power button");
  // A paused guest does not see its power button.
  const press = () => machine.resume().then(() => machine.pressPowerButton());
  if (await endsBy(press, times.powerButtonMs)) return;
  step("quit", `Still running after ${times.powerButtonMs} ms: asking ${hypervisor} to quit`);
  if (await endsBy(() => machine.quit(), times.quitMs)) return;
  step("kill", `Still running after ${times.quitMs} ms more: killing ${hypervisor}`);
  machine.kill();
  await over;
}
