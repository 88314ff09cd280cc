/** What a program has synced is on the disk after a power cut at any moment, and the file system is sound. */

import { expect, test } from "@playwright/test";
import { powerCutTrial } from "./support/power-cut.ts";
import { World } from "./support/world.ts";

test("whenever the power is cut, everything that was synced is there, and the disk is sound", async () => {
  test.setTimeout(180_000);
  await using world = await World.create();

  const { cuts, flushes, lastStep } = await powerCutTrial(world, { steps: 240, cuts: 200, seed: 20 });

  expect(cuts).toBe(200);
  // One flush a step at least: less would mean that fsync does not reach the disk.
  expect(flushes).toBeGreaterThan(240);
  expect(lastStep).toBeGreaterThan(200);
});
