/** How big the kernel is, and in how little memory a static hello runs. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { findResources } from "../electron/resources.ts";
import { MIN_MEMORY_BYTES } from "../shared/contract/instances.ts";
import { BenchEngine } from "./bench-engine.ts";
import { printFigure, printHeading } from "./figures.ts";

const MIB = 2 ** 20;

export async function benchFootprint(): Promise<void> {
  printHeading("Footprint");
  const { pith } = findResources();
  for (const [file, goal] of [
    ["kernel.img", "< 400 KB"],
    ["boot.img", ""],
  ] as const)
    printFigure(file, `${((await stat(join(pith, file))).size / 1000).toFixed(1)} KB`, goal);

  await using bench = await BenchEngine.open();
  const image = await bench.buildHello();
  const runsIn = async (mebibytes: number) => {
    const run = await bench
      .runToEnd(image, { memoryBytes: mebibytes * MIB, accelerator: "tcg" })
      .catch(() => undefined);
    return run?.exit?.code === 0;
  };
  let [tooLittle, enough] = [MIN_MEMORY_BYTES / MIB - 1, 64];
  while (enough - tooLittle > 1) {
    const middle = Math.floor((tooLittle + enough) / 2);
    if (await runsIn(middle)) enough = middle;
    else tooLittle = middle;
  }
  printFigure("smallest memory for a static hello (microvm)", `${enough} MiB`, "12 MiB");
}
