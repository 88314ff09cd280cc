/** `unideck build` as a process that somebody interrupts. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tiny } from "../../engine/images/testing.ts";
import { makeTestWorld, type TestWorld } from "../../hosts/test-world.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await makeTestWorld();
});
afterEach(async () => await world.remove());

function build(...args: string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, "../../cli.ts"), "build", tiny, ...args], {
    env: world.environment,
    stdio: "ignore",
  });
}

test("Ctrl-C ends a build with nothing left of it, and the old image whole", async () => {
  const [first] = await once(build("--kernel", join(tiny, "../release")), "close");
  expect(first).toBe(0);
  const image = join(world.homes.images, "tiny");
  const before = await readFile(image);
  // A gigabyte and a half to copy, in one file with many names: longer than it takes to see that it has begun.
  const many = join(world.folder, "many");
  await mkdir(many);
  await writeFile(join(many, "0"), Buffer.alloc(64 << 20, "large"));
  for (let n = 1; n < 24; n++) await link(join(many, "0"), join(many, String(n)));
  const child = build("--kernel", join(tiny, "../release"), "--dir", `${many}:/many`);
  const ended = once(child, "close");
  await vi.waitUntil(async () => (await bytesIn(world.homes.opsStaging)) > 1 << 20, { timeout: 30_000, interval: 2 });

  child.kill("SIGINT");

  const [code] = await ended;
  expect(code).toBe(130);
  expect((await readFile(image)).equals(before)).toBe(true);
  expect(await readdir(world.homes.images)).toEqual(["tiny"]);
  expect(await readdir(world.homes.opsStaging).catch(() => [])).toEqual([]);
}, 60_000);

/** What the files below a folder take on the disk. */
async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const facts = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return facts.reduce((sum, file) => sum + (file?.isFile() ? file.blocks * 512 : 0), 0);
}
