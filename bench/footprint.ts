/** How big the kernel is, and in how little memory a static hello runs. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { findResources } from "../electron/engine/lib/resources.ts";
import { MIN_MEMORY_BYTES } from "../shared/word-rules.ts";
import { BenchEngine } from "./bench-engine.ts";
import type { Section } from "./figures.ts";

const MIB = 2 ** 20;
/** A machine that has not come to its end by then never will. */
const RUN_LIMIT_MS = 10_000;

export async function benchFootprint(): Promise<Section> {
  const { pith } = findResources();
  const kilobytesOf = async (file: string) => (await stat(join(pith, file))).size / 1000;
  return {
    title: "Footprint",
    figures: [
      { name: "kernel.img", unit: "KB", value: await kilobytesOf("kernel.img"), goal: 512 },
      { name: "boot.img", unit: "KB", value: await kilobytesOf("boot.img") },
      { name: "smallest memory for a static hello (microvm)", unit: "MiB", value: await smallestMemory(), goal: 12 },
    ],
  };
}

/** In MiB. What is smaller than the contract's minimum can't be asked for. */
async function smallestMemory(): Promise<number> {
  await using bench = await BenchEngine.open();
  const image = await bench.buildHello();
  const runsIn = (mebibytes: number) =>
    bench
      .runToEnd(
        image,
        { memoryBytes: mebibytes * MIB, options: { accelerator: "tcg" } },
        async ({ exit }) => exit?.code === 0,
        RUN_LIMIT_MS,
      )
      .catch(() => false);
  let [tooLittle, enough] = [MIN_MEMORY_BYTES / MIB - 1, 64];
  if (!(await runsIn(enough))) throw new Error(`a static hello does not run in ${enough} MiB`);
  while (enough - tooLittle > 1) {
    const middle = Math.floor((tooLittle + enough) / 2);
    if (await runsIn(middle)) enough = middle;
    else tooLittle = middle;
  }
  return enough;
}
