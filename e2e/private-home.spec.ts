/** Who may read what Unideck makes: its owner alone, whatever the umask of the shell that it was started from. */

import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World, waitForOutput } from "./support/world.ts";

const noUmask = ["sh", "-c", 'umask 0; exec "$@"', "sh"];

/** What others may do something with, with its permissions. */
async function openPaths(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const modes = await Promise.all(
    ["", ...names].map(async (name) => {
      const facts = await lstat(join(folder, name)).catch(() => undefined);
      // A lock of a moment may be gone meanwhile.
      return !facts || facts.isSymbolicLink() || (facts.mode & 0o077) === 0
        ? []
        : [`${(facts.mode & 0o777).toString(8)} ${name}`];
    }),
  );
  return modes.flat();
}

test("the home and the images of a busy engine are its owner's alone, without any umask", async () => {
  test.setTimeout(120_000);
  await using world = await World.create(noUmask);
  await world.serve();
  await world.unideckJson(["network", "create", "lan"]);
  const running = world.spawn([
    "run",
    program("ticker.c"),
    "--network",
    "lan",
    "--capture",
    "--arg",
    "10000",
    "--arg",
    "100000",
  ]);
  await waitForOutput(running, "tick 3", 60_000);
  await expect
    .poll(() => readdir(world.path(".unideck", "networks", "lan")))
    .toEqual(expect.arrayContaining(["switch.lock", "switch.sock"]));

  expect(await readdir(world.path(".unideck"))).toEqual(
    expect.arrayContaining(["engine.lock", "engine.sock", "tasks"]),
  );
  expect(await openPaths(world.path(".unideck"))).toEqual([]);
  expect(await openPaths(world.path(".ops", ".unideck-staging"))).toEqual([]);
  expect((await lstat(world.path(".ops", "images", "ticker"))).mode & 0o777).toBe(0o600);
});
