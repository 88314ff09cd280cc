/** A hundred instances at once: how long they take to start, and what each costs the engine. */

import { setTimeout as sleep } from "node:timers/promises";
import { InstanceSpec } from "../shared/contract/instances.ts";
import { BenchEngine } from "./bench-engine.ts";
import type { Section } from "./figures.ts";

const COUNT = 100;
/** Starts under way at a time: more only wait for each other. */
const AT_ONCE = 8;
const IDLE_MS = 10_000;
const MEBIBYTE = 2 ** 20;

export async function benchMany(): Promise<Section> {
  await using bench = await BenchEngine.open();
  const { instances } = bench.engine;
  // It waits for input that never comes.
  const image = await bench.build("cat.c", "waits");
  const spec = InstanceSpec.parse({ memoryBytes: 16 * MEBIBYTE, options: { accelerator: "tcg" }, echo: false });
  const memoryBefore = settledMemory();
  const startedAt = performance.now();
  const waiting = Array.from({ length: COUNT }, (_, i) => `many-${i}`);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let name = waiting.pop(); name; name = waiting.pop())
        await instances.create({ image, spec: { ...spec, name }, start: true });
    }),
  );
  const startSeconds = (performance.now() - startedAt) / 1000;
  const alive = instances.list().filter(({ state }) => state === "running").length;
  if (alive < COUNT) throw new Error(`only ${alive} of ${COUNT} instances run`);

  const before = process.cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  const perInstance = (settledMemory() - memoryBefore) / COUNT;

  return {
    title: `${COUNT} instances of 16 MiB at once (emulated)`,
    figures: [
      { name: "start of all", unit: "s", value: startSeconds },
      { name: "memory of the engine for each", unit: "KiB", value: perInstance / 1024, goal: 2048 },
      { name: "processor of the engine while they wait", unit: "%", value: (user + system) / 10 / IDLE_MS, goal: 1 },
    ],
  };
}

/** Resident memory after a collection, where Node was told to allow one. */
function settledMemory(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}
