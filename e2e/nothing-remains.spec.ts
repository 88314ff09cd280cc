/** Nothing outlives its purpose: after a kill -9 of the engine and the removal of its home no process of it is left. */

import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World, waitForOutput } from "./support/world.ts";

/** The processes that have `folder` in their arguments, or in their environment as their home. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [words = "", environment = ""] = await Promise.all(
        ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
      );
      const isOurs = words.includes(folder) || environment.split("\0").includes(`HOME=${folder}`);
      return words !== "" && isOurs ? [`${pid} ${words.replaceAll("\0", " ").trim()}`] : [];
    }),
  );
  return found.flat();
}

const named = (processes: string[], part: string) => processes.filter((one) => one.includes(part));

test("switch and way out end with what they are for, also after kill -9 and without a home", async () => {
  test.setTimeout(120_000);
  await using world = await World.create();
  const { process: engine } = await world.startServing();
  await world.unideckJson(["network", "create", "lan"]);
  const running = world.spawn(["run", program("ticker.c"), "--network", "lan", "--arg", "100000", "--arg", "10000"]);
  const ended = once(running, "exit");
  await waitForOutput(running, "tick 3", 60_000);
  const [wayOut = ""] = await until(async () => named(await processesOf(world.folder), "-name way-out"));

  const [theSwitch = ""] = named(await processesOf(world.folder), "switch.");
  process.kill(Number.parseInt(theSwitch, 10), "SIGKILL");
  await expect.poll(async () => (await processesOf(world.folder)).includes(wayOut), { timeout: 20_000 }).toBe(false);

  // The engine starts another one, as a member runs.
  await until(async () => named(await processesOf(world.folder), "-name way-out"));
  await world.unideckJson(["kill", "ticker"]);
  await ended;
  engine.kill("SIGKILL");
  await once(engine, "exit");
  await rm(world.path(".unideck"), { recursive: true, force: true, maxRetries: 10 });

  await expect.poll(() => processesOf(world.folder), { timeout: 30_000 }).toEqual([]);
});

async function until<T>(look: () => Promise<T[]>): Promise<T[]> {
  let seen: T[] = [];
  await expect
    .poll(
      async () => {
        seen = await look();
        return seen.length;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  return seen;
}
