/** The short form of the long trials (`npm run soak`). */

import { expect, test } from "@playwright/test";
import { killTrial } from "../soak/kill-trial.ts";

test("engine, terminals and machines are killed 50 times, and nothing is lost", async () => {
  test.setTimeout(180_000);

  const outcome = await killTrial({ rounds: 50, seed: 1 });

  expect(outcome.instances).toBeGreaterThan(30);
  for (const kills of Object.values(outcome.kills)) expect(kills).toBeGreaterThan(3);
});
