/** Work of all kinds at once goes right, and memory stays flat. `npm run soak -- load` is the long form. */

import { expect, test } from "@playwright/test";
import { mixedLoadTrial } from "./support/mixed-load.ts";
import { World } from "./support/world.ts";

test("threads, files, pipes, epoll, mappings, signals and timers at once keep no memory", async () => {
  test.setTimeout(90_000);
  await using world = await World.create();

  const { rounds, steps, lostKiB } = await mixedLoadTrial(world, 15);

  expect(rounds).toBeGreaterThanOrEqual(2);
  for (const count of Object.values(steps)) expect(count).toBeGreaterThan(10);
  expect(Object.keys(steps)).toHaveLength(6);
  // What a leak of one page in every hundredth step would be; the file system's log grows a little.
  expect(lostKiB).toBeLessThan(512);
});
