/**
 * What only dynamic programs do: libraries of their own and libraries opened later come into the image, and an interpreter
 * that can't be used is named. That the programs of guests.spec.ts behave alike is tried there, linked dynamically too.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { root, World } from "./support/world.ts";

const sources = join(root, "kernel", "tests", "guest");
const loader = "/lib64/ld-linux-x86-64.so.2";

/** Builds sources of the guest programs into the world's folder; the path of what came out. */
function build(world: World, compiler: string, name: string, ...options: string[]): string {
  const path = world.path(name);
  execFileSync(compiler, ["-O1", "-o", path, ...options], { cwd: sources, stdio: ["ignore", "ignore", "inherit"] });
  return path;
}

for (const compiler of ["gcc", "musl-gcc"])
  test(`a program of ${compiler} uses its own library and one that it opens while it runs`, async () => {
    await using world = await World.create();
    const shared = ["-shared", "-fPIC"];
    build(world, compiler, "libshared.so", ...shared, "dynamic/shared.c");
    build(world, compiler, "plugin.so", ...shared, "dynamic/plugin.c", "-lm");
    const linked = ["dynamic/main.c", `-L${world.folder}`, "-lshared", "-Wl,-rpath,$ORIGIN", "-rdynamic", "-ldl"];
    const program = build(world, compiler, "program", ...linked);
    // glibc has a libm of its own, which the plugin alone needs: what dlopen opens is the user's to add.
    const libm =
      compiler === "gcc" ? ["--file", "/lib/x86_64-linux-gnu/libm.so.6:/lib/x86_64-linux-gnu/libm.so.6"] : [];
    const plugin = ["--arg", "./plugin.so", "--file", `${world.path("plugin.so")}:/plugin.so`];
    const { status, stdout } = spawnSync(program, ["./plugin.so"], { encoding: "utf8", cwd: world.folder });

    const guest = await world.unideck(["run", program, "--rm", ...plugin, ...libm]);

    expect(guest.stdout).toBe(stdout);
    expect(guest.code).toBe(status);
    expect(guest.stdout).toContain("plugin: the root of 2 is 1.414214");
    expect(guest.code).toBe(42);
  });

test("an added file in the place of the interpreter that is no program is refused before anything is built", async () => {
  await using world = await World.create();
  const program = build(world, "gcc", "program", "hello.c");
  await writeFile(world.path("words"), "no loader at all\n");

  const { code, stderr } = await world.unideck(["build", program, "--file", `${world.path("words")}:${loader}`]);

  expect(code).toBe(1);
  expect(stderr).toContain("program needs a library that is not here: ld-linux-x86-64.so.2");
});

test("an interpreter that is not in the image is named, with code 127", async () => {
  await using world = await World.create();
  const program = build(world, "gcc", "program", "hello.c");
  await mkdir(world.path("tree", "lib64"), { recursive: true });
  await symlink("/nowhere", world.path("tree", loader));

  const { code, stdout } = await world.unideck(["run", program, "--dir", `${world.path("tree")}:/`]);

  expect(code).toBe(127);
  expect(stdout).toContain(`its interpreter ${loader} cannot be used: it is not in the image`);
});
