/** What an ordinary system has and an image lacks is provided: folders whose contents stay, and names of users and services. */

import { symlink, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { onPith } from "./support/guest.ts";
import { program } from "./support/programs.ts";
import { World, waitForOutput } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

for (const linkage of ["gcc-static", "gcc-dynamic", "musl-static"] as const)
  test(`folders, users and groups are there, each once, and can be written: ${linkage}`, async () => {
    const { code, said, kernel } = await onPith(world, program("usual_places.c", linkage), { run: ["--size", "64M"] });

    expect({ code, kernel }).toEqual({ code: 0, kernel: [] });
    expect(said).not.toContain("missing");
    expect(said).toContain("/root: folder 700\n");
    expect(said).toContain("/var/tmp: folder 1777\n");
    expect(said).toContain("www-data: 33\n65534: nobody\n0: root /root\n");
    expect(said).toContain("\nmemcache: user and group\n");
    expect(said).toContain("\nnogroup: 65534\n");
    expect(said.match(/^\/var: cache lib lock log run tmp$/gm)).toHaveLength(2);
    expect(said).toContain('rmdir("/var"): Directory not empty\n');
    expect(said).toContain("/var/lib: app\n");
    expect(said).toContain("/run: lock pid\n");
    expect(said).toContain("7: mine\n");
  });

test("what is written into them is there after a restart", async () => {
  const first = await world.unideck(["run", program("usual_places.c"), "--name", "usual", "--size", "64M"]);

  await world.unideck(["start", "usual"]);

  expect(first.stdout).toContain("kept: \n");
  await waitForOutput(world.spawn(["logs", "usual", "-f"]), "kept: what was written\n");
});

test("a server that is known by its name has its own folders, and no other program has", async () => {
  const own = ["--size", "64M", "--program-path", "/usr/sbin/mariadbd"];

  const server = await onPith(world, program("usual_places.c"), { run: own });
  const path = world.path("redis-server");
  await symlink(program("usual_places.c"), path);
  const linked = await world.unideck(["run", path, "--name", "linked", "--size", "64M"]);
  const other = await onPith(world, program("usual_places.c"), { run: ["--size", "64M"] });

  expect(server.said).toContain("/run: lock mysqld\n");
  expect(server.said).toContain("/var/lib: app mysql\n");
  expect(linked.stdout).toContain("/var/lib: app redis\n");
  expect(other.said).toContain("/run: lock\n");
});

test("files of the image win", async () => {
  const path = world.path("group");
  await writeFile(path, "root:x:0:\nmine:x:7:\n");

  const { said } = await onPith(world, program("usual_places.c"), {
    run: ["--size", "64M", "--file", `${path}:/etc/group`, "--file", `${path}:/var/lib/app/state`],
  });

  expect(said).toContain("kept: root:x:0:\nmine:x:7:\n");
  expect(said).toContain("nogroup: -1\n");
});
