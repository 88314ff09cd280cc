/** The short form of the long trials (`npm run soak`). */

import { expect, test } from "@playwright/test";
import { connectionStormTrial } from "../soak/connection-storm.ts";
import { damagedRecordsTrial } from "../soak/damaged-records.ts";
import { floodTrial } from "../soak/flood.ts";
import { killDeletionTrial } from "../soak/kill-deletion.ts";
import { killTrial } from "../soak/kill-trial.ts";
import { mutatedInputsTrial } from "../soak/mutated-inputs.ts";
import { WebClient } from "../soak/web-client.ts";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

test("engine, terminals and machines are killed 50 times, and nothing is lost", async () => {
  test.setTimeout(180_000);

  const outcome = await killTrial({ rounds: 50, seed: 1 });

  expect(outcome.instances).toBeGreaterThan(30);
  for (const kills of Object.values(outcome.kills)) expect(kills).toBeGreaterThan(3);
});

test("a console that outgrows its limit goes on at the same offsets, and the machine notices nothing", async () => {
  await using world = await World.create();
  const web = await WebClient.serve(world);
  await web.patch("/settings", { limits: { consoleLogBytes: 1 << 20 } });
  // 4.7 MB: the log is cut at least twice also where an engine that is busy cuts it late.
  await world.unideckJson(["build", program("ticker.c"), "--name", "many", "--arg", "400000", "--arg", "0"]);
  const { id } = await web.startMachine("many");

  await expect.poll(async () => (await web.instance(id)).state, { timeout: 60_000 }).toBe("exited");

  const { exit, consoleBytes } = await web.instance(id);
  const text = await web.console(id);
  const first = Number(/^tick (\d+)$/m.exec(text.slice(text.indexOf("\n")))?.[1]);
  const numbers = [...text.matchAll(/^tick (\d+)$/gm)].map(([, number]) => Number(number));
  const complete = numbers.filter((number) => number >= first);
  expect(exit?.code).toBe(7);
  expect(first).toBeGreaterThan(1);
  const { stdout, stderr } = await world.unideck(["logs", "many"], { encoding: "latin1" });
  expect(text.endsWith(stdout)).toBe(true);
  expect(stderr).toContain(`${consoleBytes - text.length} bytes of older output were discarded`);
  expect(consoleBytes).toBeGreaterThan(text.length);
  expect(complete).toEqual(Array.from({ length: 400_000 - first + 1 }, (_, i) => first + i));
});

test("damaged programs, images, archives and configurations are taken or refused, and leave nothing behind", async () => {
  test.setTimeout(180_000);
  await using world = await World.create();

  const outcome = await mutatedInputsTrial(world, {
    ...{ images: 60, programs: 60, archives: 30, configurations: 40 },
    seed: 3,
  });

  for (const { taken, refused } of Object.values(outcome)) {
    expect(taken).toBeGreaterThan(0);
    expect(Object.keys(refused).length).toBeGreaterThan(0);
  }
});

test("crowds at the engine's doors keep its owner from nothing", async () => {
  test.setTimeout(120_000);
  await using world = await World.create();

  const outcome = await connectionStormTrial(world, { rounds: 2, connections: 20 });

  expect(outcome.connections).toBe(2 * 20 * 16);
});

test("forty instances with damaged records are shown as that, and can be deleted", async () => {
  await using world = await World.create();

  const outcome = await damagedRecordsTrial(world, { count: 40, seed: 2 });

  expect(outcome.damaged).toBeGreaterThan(25);
});

test("an engine that is killed while it deletes leaves the instance whole or nothing of it", async () => {
  test.setTimeout(120_000);
  await using world = await World.create();

  await killDeletionTrial(world, { rounds: 8, seed: 3 });
});

test("a guest that writes without end stays within its limits, with readers, without, and without an engine", async () => {
  test.setTimeout(240_000);
  await using world = await World.create();

  const { floods } = await floodTrial(world, { seconds: 1, limitBytes: 1 << 20 });

  expect(Object.keys(floods)).toHaveLength(6);
});
