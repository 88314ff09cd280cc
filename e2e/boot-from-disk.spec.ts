/**
 * An image of ours, booted from its disk: firmware, boot.img, the boot file system, a kernel. The kernel is the smallest
 * there is, so that builder, loader and supervisor are tried with nothing else between them.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { makeRelease } from "./support/release.ts";
import { root, World } from "./support/world.ts";

const program = join(root, "resources/samples/build/hello");

test("a program is built with a release in a folder, and the machine boots from its disk", async () => {
  await using world = await World.create();
  const release = await makeRelease(world);

  const { code, stdout } = await world.unideck(["run", program, "--kernel", release, "--name", "said"]);

  expect(stdout).toBe("booted from the disk\n");
  expect(code).toBe(7);
  expect(await world.unideckJson(["ps", "--all"])).toMatchObject([
    { name: "said", image: "said", state: "exited", exitCode: 7 },
  ]);
});

test("an image runs many times, each instance on a disk of its own", async () => {
  await using world = await World.create();
  const release = await makeRelease(world);
  await world.unideckJson(["build", program, "--kernel", release, "--name", "said"]);

  const runs = [await world.unideck(["run", "said"]), await world.unideck(["run", "said", "--name", "again"])];

  expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
    [7, "booted from the disk\n"],
    [7, "booted from the disk\n"],
  ]);
  const { stdout } = await world.unideck(["logs", "again"]);
  expect(stdout).toBe("booted from the disk\n");
});

test("with --out the image goes to that file alone", async () => {
  await using world = await World.create();
  const release = await makeRelease(world);
  const out = world.path("alone.img");

  await world.unideckJson(["build", program, "--kernel", release, "--out", out]);

  expect(await readdir(world.path(".ops", "images")).catch(() => [])).toEqual([]);
  const { code } = await world.unideck(["run", out]);
  expect(code).toBe(7);
});

test("an image is listed under its name, without extension, and can be deleted", async () => {
  await using world = await World.create();
  const release = await makeRelease(world);
  await world.unideckJson(["build", program, "--kernel", release, "--arg", "one", "--env", "A=b"]);

  expect(await readdir(world.path(".ops", "images"))).toEqual(["hello"]);
  expect(await world.unideckJson(["images", "ls"])).toMatchObject([
    { name: "hello", program, arguments: [program, "one"], environment: { A: "b" } },
  ]);
  await world.unideck(["images", "rm", "hello"]);

  expect(await readdir(world.path(".ops", "images"))).toEqual([]);
});

test("a release that is not there is refused", async () => {
  await using world = await World.create();

  const refused = await world.unideck(["build", program, "--kernel", world.path("no-release"), "--json"]);

  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stderr).error).toMatchObject({ code: "kernel.not-found" });
});
