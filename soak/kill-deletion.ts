/**
 * Kills the engine with -9 while it deletes an instance that is a member of a network, again and again. The next engine must
 * find the instance whole or not at all: its folder, its place in the list and its seat in the network agree.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { program } from "../e2e/support/programs.ts";
import type { World } from "../e2e/support/world.ts";
import { resolveHomes } from "../electron/engine/lib/homes.ts";
import { Instance } from "../shared/contract/instances.ts";
import { Network } from "../shared/contract/networks.ts";
import { Random } from "./random.ts";
import { WebClient } from "./web-client.ts";

/** A deletion takes some milliseconds. */
const LATEST_KILL_MS = 25;

/** Returns how often the instance survived. Throws at the first thing that is wrong. */
export async function killDeletionTrial(
  world: World,
  { rounds, seed }: { rounds: number; seed: number },
): Promise<{ survived: number }> {
  const random = new Random(seed);
  const { instances: folder } = resolveHomes(world.environment, world.folder);
  await world.unideckJson(["build", program("ticker.c"), "--name", "ticker"]);
  await world.unideckJson(["network", "create", "lan"]);
  let survived = 0;
  for (let round = 1; round <= rounds; round++) {
    const web = await WebClient.serve(world);
    const order = { image: "ticker", spec: { networks: ["lan"] }, start: false };
    const { id } = Instance.parse(await web.post("/instances", order));
    const deletion = web.remove(id).catch(() => undefined);
    await sleep(random.between(0, LATEST_KILL_MS));
    await web.kill();
    await deletion;

    const next = await WebClient.serve(world);
    const listed = await next.instances();
    const [lan] = z.array(Network).parse(await next.get("/networks"));
    const found = {
      folders: await readdir(folder),
      listed: listed.map((one) => one.id),
      whole: listed.flatMap((one) => (one.state === "created" ? [one.id] : [])),
      seats: (lan?.members ?? []).map(({ instance }) => instance),
    };
    const states = new Set(Object.values(found).map((ids) => ids.join()));
    if (states.size !== 1)
      throw new Error(`round ${round} of seed ${seed}: ${JSON.stringify(found)} in ${join(folder, id)}`);
    survived += listed.length;
    for (const one of listed) await next.remove(one.id);
    await next.kill();
  }
  return { survived };
}
