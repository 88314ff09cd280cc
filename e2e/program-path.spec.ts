/** The program keeps its path in the guest, so that it finds what lies beside it. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
  await mkdir(world.path("kit", "bin"), { recursive: true });
  await mkdir(world.path("kit", "lib"));
  await copyFile(program("exe_place.c"), world.path("kit", "bin", "exe"));
  await writeFile(world.path("kit", "lib", "x"), "beside");
});
test.afterAll(() => world[Symbol.asyncDispose]());

const dirs = { Dirs: ["kit"] };
for (const { how, args, configuration, said } of [
  { how: "typed as a relative path", args: ["kit/bin/exe"], said: "argv0 kit/bin/exe: found\nexe /kit/bin/exe\n" },
  { how: "typed with a dot", args: ["./kit/bin/exe"], said: "argv0 ./kit/bin/exe: found\nexe /kit/bin/exe\n" },
  {
    how: "named by a configuration",
    args: [],
    configuration: { Program: "kit/bin/exe" },
    said: "argv0 kit/bin/exe: found\nexe /kit/bin/exe\n",
  },
  {
    how: "in a guest whose working folder is another",
    args: ["kit/bin/exe"],
    configuration: { ManifestPassthrough: { cwd: "/kit/lib" } },
    said: "argv0 /kit/bin/exe: found\nexe /kit/bin/exe\n",
  },
])
  test(`a program ${how} finds the files beside it`, async () => {
    await writeFile(world.path("c.json"), JSON.stringify({ ...dirs, ...configuration }));

    const guest = await world.unideck(["run", "--rm", ...args, "-c", "c.json"]);

    expect(guest).toMatchObject({ code: 0, stdout: `${said}beside found\n` });
  });

test("an absolute path stays what it is, a folder that is placed elsewhere takes the program along", async () => {
  const exe = world.path("kit", "bin", "exe");

  const absolute = await world.unideck(["run", "--rm", exe]);
  const moved = await world.unideck(["run", "--rm", "kit/bin/exe", "--dir", "kit:/opt/kit"]);
  const chosen = await world.unideck(["run", "--rm", "kit/bin/exe", "--program-path", "/srv/"]);

  expect(absolute.stdout).toBe(`argv0 ${exe}: found\nexe ${exe}\nbeside missing\n`);
  expect(moved.stdout).toBe("argv0 /opt/kit/bin/exe: found\nexe /opt/kit/bin/exe\nbeside found\n");
  expect(chosen.stdout).toBe("argv0 /srv/exe: found\nexe /srv/exe\nbeside missing\n");
});

test("a package runs by the bare name of its folder", async () => {
  await mkdir(world.path("kit_1.0"));
  await copyFile(program("exe_place.c"), world.path("kit_1.0", "exe"));
  const manifest = { Program: "kit_1.0/exe", Args: ["exe"], Klibs: ["tls"] };
  await writeFile(world.path("kit_1.0", "package.manifest"), JSON.stringify(manifest));

  const guest = await world.unideck(["run", "--rm", "kit_1.0"]);

  expect(guest).toMatchObject({ code: 0, stdout: "argv0 exe: found\nexe /exe\nbeside missing\n" });
  expect(guest.stderr).toContain("note: Pith loads no klibs, so tls is left out");
});
