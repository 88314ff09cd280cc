/** The mixed load: kernel/tests/guest/mixed_load.c keeps threads, files, pipes, epoll, mappings, signals and timers busy. */

import { onPith } from "./guest.ts";
import { program } from "./programs.ts";
import type { World } from "./world.ts";

export interface MixedLoadOutcome {
  rounds: number;
  /** How often each kind of work was done. */
  steps: Record<string, number>;
  /** How much less memory is free after the last round than after the first, in KiB. */
  lostKiB: number;
}

/** Throws with the last lines of the console if something was not as it must be. */
export async function mixedLoadTrial(world: World, seconds: number): Promise<MixedLoadOutcome> {
  const { code, said, kernel, crash } = await onPith(world, program("mixed_load.c"), {
    arguments: [String(seconds)],
    run: ["--memory", "128M", "--size", "96M"],
    timeoutMs: (seconds + 60) * 1000,
  });
  const rounds = [...said.matchAll(/^round \d+: (\d+) KiB free; (.*)$/gm)];
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (code !== 0 || !said.endsWith("done\n") || !first || !last)
    throw new Error([`code ${code}`, ...said.split("\n").slice(-4), ...kernel, ...crash].join("\n"));
  const steps = [...(last[2] ?? "").matchAll(/(\w+) (\d+)/g)].map(([, kind = "", count]) => [kind, Number(count)]);
  return { rounds: rounds.length, steps: Object.fromEntries(steps), lostKiB: Number(first[1]) - Number(last[1]) };
}
