/** Whatever a program asks of it, the kernel lives, answers and keeps no memory. `npm run soak -- calls` is the long form. */

import { expect, test } from "@playwright/test";
import { randomCallsTrial } from "./support/random-calls.ts";
import { World } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
});
test.afterAll(() => world[Symbol.asyncDispose]());

for (const { how, seconds, options } of [
  { how: "random system calls with hostile arguments do the kernel no harm", seconds: 8, options: [] },
  { how: "nor do they where each of them is traced", seconds: 1, options: ["--trace"] },
] as const)
  test(how, async () => {
    test.setTimeout(90_000);

    const { calls, good, lostFiles, lostKiB } = await randomCallsTrial(world, { seconds, seed: 20, options });

    // So that a kernel that refuses everything does not pass.
    expect(calls).toBeGreaterThan(1000);
    expect(good).toBeGreaterThan(calls / 20);
    expect(lostFiles).toBe(0);
    // What is kept for later: pages of the heap that are not quite empty, names that the file system has not swept yet.
    expect(lostKiB).toBeLessThan(512);
  });
