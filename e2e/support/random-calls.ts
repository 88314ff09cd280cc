/**
 * The random-calls trial: kernel/tests/guest/random_calls.c throws system calls with hostile arguments at the kernel. The
 * kernel has to live and to answer, and when the program has let go of everything its memory has to be free again.
 */

import { onPith } from "./guest.ts";
import { program } from "./programs.ts";
import type { World } from "./world.ts";

export interface RandomCallsOutcome {
  rounds: number;
  calls: number;
  /** Calls that did something. */
  good: number;
  /** How many more files are open after the last round than after the first, inside the kernel too. */
  lostFiles: number;
  /** How much less memory is free after the last round than after the first, in KiB. */
  lostKiB: number;
}

/** Throws with the last lines of the console if the kernel or the program did not come to the end. */
export async function randomCallsTrial(
  world: World,
  { seconds, seed, options = [] }: { seconds: number; seed: number; options?: readonly string[] },
): Promise<RandomCallsOutcome> {
  const { code, said, kernel, crash } = await onPith(world, program("random_calls.c"), {
    arguments: [String(seconds), String(seed)],
    // Without a card: what is sent to any address stays in the machine.
    run: ["--memory", "256M", "--size", "96M", "--network", "none", ...options],
    // A call may be in the midst of long work when the time is over, and the machine may be busy.
    timeoutMs: (seconds + 60) * 1000,
  });
  const line = /^round \d+: (\d+) calls, (\d+) good, \d+ faults, (\d+) files, (\d+) KiB free$/gm;
  const rounds = [...said.matchAll(line)].map((match) => match.slice(1).map(Number));
  const last = rounds.at(-1);
  if (code !== 0 || !said.endsWith("done\n") || !last) {
    const end = [...said.split("\n").slice(-8), ...kernel.slice(-8), ...crash].join("\n");
    throw new Error(`seed ${seed}: code ${code} after ${rounds.length} rounds\n${end}`);
  }
  const sum = (column: number) => rounds.reduce((total, round) => total + (round[column] ?? 0), 0);
  return {
    rounds: rounds.length,
    calls: sum(0),
    good: sum(1),
    lostFiles: (last[2] ?? 0) - (rounds[0]?.[2] ?? 0),
    lostKiB: (rounds[0]?.[3] ?? 0) - (last[3] ?? 0),
  };
}
