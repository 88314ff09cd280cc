/** The command line as a person finds it. */

import { symlink } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { DoctorReport } from "../shared/contract/doctor.ts";
import { root, World } from "./support/world.ts";

test("tells its version", async () => {
  await using world = await World.create();

  const { code, stdout } = await world.unideck(["--version"]);

  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("works through a link from anywhere", async () => {
  await using world = await World.create();
  await symlink(`${root}/bin/unideck`, world.path("unideck"));

  const { code, stdout } = await world.runFile(world.path("unideck"), ["--help"]);

  expect(code).toBe(0);
  expect(stdout).toContain("images");
});

test("lists nothing in a new home", async () => {
  await using world = await World.create();

  expect(await world.unideckJson(["ps", "--all"])).toEqual([]);
  expect(await world.unideckJson(["images", "ls"])).toEqual([]);
});

test("the doctor finds the QEMU that the tests use", async () => {
  await using world = await World.create();

  const { stdout } = await world.unideck(["doctor", "--json"]);

  const { checks } = DoctorReport.parse(JSON.parse(stdout));
  const qemu = checks.find((check) => /qemu/i.test(check.title) && /\d+\.\d+/.test(check.found));
  expect(qemu?.state).toBe("ok");
  for (const check of checks.filter((one) => one.state !== "ok")) expect(check.hint ?? "").not.toBe("");
});
