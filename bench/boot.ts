/** From the start of QEMU to the program's first byte, on both machines. */

import type { Instance } from "../shared/contract/instances.ts";
import { BenchEngine } from "./bench-engine.ts";
import { type Figure, medianOf, type Section } from "./figures.ts";

const ROUNDS = 9;
const machines = [
  { machine: "microvm", goalMs: 100 },
  { machine: "q35", goalMs: 250 },
] as const;

/** Milliseconds of one boot, one part after the other. */
interface Boot {
  /** QEMU's own start, and the firmware where there is one: up to the kernel's entry. */
  qemu: number;
  disk: number;
  exec: number;
  program: number;
}

export async function benchBoot(): Promise<Section> {
  await using bench = await BenchEngine.open();
  const image = await bench.buildHello();
  const figures: Figure[] = [];
  for (const { machine, goalMs } of machines) {
    const boots: Boot[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      boots.push(
        await bench.runToEnd(
          image,
          { options: { machine, accelerator: "tcg" }, memoryBytes: 64 * 2 ** 20 },
          async (instance) => partsOf(instance, await bench.launchedAt(instance)),
        ),
      );
    const part = (of: (boot: Boot) => number) => boots.map(of);
    figures.push(
      medianOf(
        machine,
        part(({ qemu, disk, exec, program }) => qemu + disk + exec + program),
        goalMs,
      ),
      medianOf(
        "    QEMU, until the kernel's entry",
        part(({ qemu }) => qemu),
      ),
      medianOf(
        "    kernel, until the root is mounted",
        part(({ disk }) => disk),
      ),
      medianOf(
        "    kernel, until the program is entered",
        part(({ exec }) => exec),
      ),
      medianOf(
        "    program, until its first write",
        part(({ program }) => program),
      ),
    );
  }
  return { title: `Boot: QEMU's start to a static hello's first byte (64 MiB, tcg, medians of ${ROUNDS})`, figures };
}

function partsOf(instance: Instance, launchedAt: number): Boot {
  const { firstOutput } = instance.times;
  if (firstOutput === undefined) throw new Error(`no first output: ${instance.problem?.message ?? instance.state}`);
  const [disk, exec, firstWrite] = ["disk", "exec", "first-write"].map((name) => milestoneMs(instance, name));
  if (disk === undefined || exec === undefined || firstWrite === undefined) throw new Error("a milestone is not there");
  return { qemu: firstOutput - firstWrite - launchedAt, disk, exec: exec - disk, program: firstWrite - exec };
}

/** Since the kernel's entry. */
export function milestoneMs({ milestones }: Instance, name: string): number | undefined {
  const milestone = milestones.find((one) => one.name === name);
  return milestone && milestone.atNs / 1e6;
}
