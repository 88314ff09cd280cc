/** How long a console is interrupted when the engine is killed and another host becomes the engine. */

import { program } from "../e2e/support/programs.ts";
import { World } from "../e2e/support/world.ts";
import { WebClient } from "../soak/web-client.ts";
import { medianOf, type Section } from "./figures.ts";

const ROUNDS = 9;
const GOAL_MS = 1000;
const LIMIT_MS = 20_000;

export async function benchTakeover(): Promise<Section> {
  await using world = await World.create();
  await world.unideckJson(["build", program("ticker.c"), "--name", "ticker", "--arg", "10000000", "--arg", "2000"]);
  let engine = await WebClient.serve(world);
  const { id } = await engine.startMachine("ticker");
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const other = await WebClient.serve(world);
    const known = (await other.console(id)).length;
    const startedAt = performance.now();
    await engine.kill();
    while ((await other.console(id)).length <= known)
      if (performance.now() - startedAt > LIMIT_MS) throw new Error("no other host became the engine");
    samples.push(performance.now() - startedAt);
    engine = other;
  }
  await engine.post(`/instances/${id}/kill`, {});
  return {
    title:
      "Takeover: the engine is killed with -9, and another host that watches its console carries on (medians of 9)",
    figures: [medianOf("kill to the console's next bytes", samples, GOAL_MS)],
  };
}
