/** From the start of QEMU to the program's first byte, on both machines. */

import type { Instance } from "../shared/contract/instances.ts";
import { BenchEngine } from "./bench-engine.ts";
import { median, printFigure, printHeading, printTimes } from "./figures.ts";

const ROUNDS = 9;
const machines = [
  { machine: "microvm", goal: "100 ms" },
  { machine: "q35", goal: "250 ms" },
] as const;

export async function benchBoot(): Promise<void> {
  printHeading("Boot: QEMU start → program's first byte (static hello, 64 MiB, emulated)");
  await using bench = await BenchEngine.open();
  const image = await bench.buildHello();
  for (const { machine, goal } of machines) {
    const runs: Instance[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      runs.push(await bench.runToEnd(image, { machine, memoryBytes: 64 * 2 ** 20, accelerator: "tcg" }));
    printTimes(machine, runs.map(firstOutputMs), goal);
    for (const name of ["disk", "exec", "first-write"])
      printFigure(
        `    inside: kernel entry → ${name}`,
        `${median(runs.map((run) => milestoneMs(run, name))).toFixed(1)} ms`,
      );
  }
}

function firstOutputMs({ times, problem }: Instance): number {
  if (times.starting === undefined || times.firstOutput === undefined)
    throw new Error(`no first output${problem ? `: ${problem.message}` : ""}`);
  return times.firstOutput - times.starting;
}

function milestoneMs(instance: Instance, name: string): number {
  const milestone = instance.milestones.find((one) => one.name === name);
  if (!milestone) throw new Error(`no milestone ${name}`);
  return milestone.atNs / 1e6;
}
