/** Files of the host in a guest: their holes and permissions, and what the guest makes of those through a restart. */

import { execFileSync } from "node:child_process";
import { chmod, open, stat, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

test("a sparse file of 1 GiB is read as on Linux, and takes no room in the image", async () => {
  await using world = await World.create();
  const sparse = world.path("f");
  {
    await using file = await open(sparse, "w");
    await file.write("HEAD", 0);
    await file.write("TAIL", 2 ** 30 - 4);
  }
  const image = world.path("sparse.img");
  const built = await world.unideck([
    "build",
    program("holes.c"),
    "--out",
    image,
    "--file",
    `${sparse}:/f`,
    "--arg",
    "/f",
  ]);
  expect([built.code, (await stat(image)).blocks * 512 < 8 << 20]).toEqual([0, true]);

  const guest = await world.unideck(["run", "--rm", image]);

  expect(guest.stdout).toBe(execFileSync(program("holes.c"), [sparse], { encoding: "utf8" }));
  expect(guest.stdout).toContain('first "HEAD", middle "", last "TAIL"\ntakes little\n');
});

test("permissions of host files, and those that the guest chooses, outlive restarts", async () => {
  await using world = await World.create();
  await writeFile(world.path("key"), "secret");
  await chmod(world.path("key"), 0o600);
  const kept = ["/host.key 0600", "/key 0600", "/priv 0700", "/open 0755"];
  const chosen = ["/changed 0440", "/reset 4711", ""];

  const first = await world.unideck([
    "run",
    program("modes.c"),
    "--name",
    "modes",
    "--file",
    `${world.path("key")}:/host.key`,
  ]);
  for (let run = 0; run < 2; run++) {
    await world.unideck(["start", "modes"]);
    await world.unideck(["logs", "--follow", "modes"]);
  }
  const { stdout } = await world.unideck(["logs", "modes"]);

  expect(first.stdout).toBe(["made", ...kept, "/usual 0644", ...chosen].join("\n"));
  // Permissions as most files have them are those of every file after a restart.
  const later = [...kept, "/usual 0755", ...chosen].join("\n");
  expect(stdout).toBe(`${first.stdout}${later}${later}`);
  const listed = await world.unideck(["images", "ls-files", "--long", "modes", "/host.key"]);
  expect(listed.stdout).toMatch(/^- 0600 +6 /);
});
