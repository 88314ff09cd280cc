/** The command line as a person finds it. */

import { symlink } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { DoctorReport } from "../shared/contract/doctor.ts";
import { program } from "./support/programs.ts";
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

test("a reader that comes late gets all of the output, not only what its pipe had room for", async () => {
  test.setTimeout(120_000);
  await using world = await World.create();
  const lines = 1500;
  await world.unideck(["run", program("output.c"), "--name", "talker", `--arg=${lines}`]);
  // Reads once the command has ended, or has had the time to.
  const late =
    "(unideck logs talker; echo ended > ended) | (for i in $(seq 20); do [ -e ended ] || sleep 0.1; done; cat)";

  const { stdout } = await world.runFile("sh", ["-c", late.replace("unideck", `${root}/bin/unideck`)]);

  const last = `line ${String(lines - 1).padStart(7, "0")}: the quick brown fox jumps over the lazy dog\n`;
  expect(stdout).toHaveLength(lines * last.length);
  expect(stdout.endsWith(last)).toBe(true);
});

test("a reader that leaves early ends the command without a word", async () => {
  await using world = await World.create();
  const run = `(unideck run '${program("output.c")}' --arg=5000; echo "code $?" >&2) | head -n 1`;

  const { stdout, stderr } = await world.runFile("sh", ["-c", run.replace("unideck", `${root}/bin/unideck`)]);

  expect(stdout).toMatch(/^line 0000000: .*\n$/);
  expect(stderr).toBe("code 141\n");
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
