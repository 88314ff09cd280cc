/** What `unideck inspect` says about real programs of the host. */

import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { Inspection } from "../shared/contract/programs.ts";
import { World } from "./support/world.ts";

async function compile(world: World, source: string, ...flags: string[]): Promise<string> {
  const path = world.path("program");
  await writeFile(`${path}.c`, source);
  execFileSync("gcc", ["-o", path, `${path}.c`, ...flags]);
  return path;
}

async function inspect(world: World, path: string): Promise<Inspection> {
  return Inspection.parse(await world.unideckJson(["inspect", path]));
}

test("a static program needs nothing", async () => {
  await using world = await World.create();
  const path = await compile(world, "int main(void) { return 0; }", "-static");

  const { program, libraries, suggested } = await inspect(world, path);

  expect(program).toMatchObject({ architecture: "x86-64", bits: 64, linkage: "static", language: "c" });
  expect(libraries).toEqual([]);
  expect(suggested.name).toBe("program");
});

test("a dynamic program's libraries are found where the loader finds them", async () => {
  await using world = await World.create();
  const path = await compile(world, "int main(void) { return 0; }");

  const { program, libraries } = await inspect(world, path);

  expect(program.linkage).toBe("dynamic");
  const libc = libraries.find((library) => library.name === "libc.so.6");
  const told = execFileSync("ldd", [path], { encoding: "utf8" });
  expect(told).toContain(`libc.so.6 => ${libc?.guestPath}`);
});

test("a missing library is named, with where it was looked for", async () => {
  await using world = await World.create();
  execFileSync("gcc", ["-shared", "-o", world.path("libgone.so"), "-x", "c", "/dev/null"]);
  const path = await compile(
    world,
    "int main(void) { return 0; }",
    "-Wl,--no-as-needed",
    `-L${world.folder}`,
    "-lgone",
  );
  execFileSync("rm", [world.path("libgone.so")]);

  const { libraries, findings } = await inspect(world, path);

  const gone = libraries.find((library) => library.name === "libgone.so");
  expect(gone?.found).toBe(false);
  expect(gone?.searched.length).toBeGreaterThan(0);
  expect(findings.some(({ level, message }) => level === "error" && message.includes("libgone.so"))).toBe(true);
});

for (const [linkage, ...flags] of [
  ["static", "-static"],
  ["dynamic"],
  ["dynamic without a linkage table", "-fno-plt"],
  ["dynamic at a fixed place, without endbr64", "-no-pie", "-fcf-protection=none"],
])
  test(`a ${linkage} program that starts others and threads is told where it does`, async () => {
    await using world = await World.create();
    const source = `
      #include <pthread.h>
      #include <stdlib.h>
      #include <sys/shm.h>
      static void *work(void *line) { return line; }
      __attribute__((noinline)) int share(char *line) { pthread_t t; return pthread_create(&t, 0, work, line) + 1; }
      __attribute__((noinline)) int start(const char *line) { return system(line) + 1; }
      int main(int argc, char **argv) { return argc > 1 ? start(argv[1]) + share(argv[1]) : shmget(1, 4096, 0) < 0; }`;
    const path = await compile(world, source, "-O1", "-pthread", ...flags);

    const { findings } = await inspect(world, path);
    const symbols = execFileSync("nm", [path], { encoding: "utf8" });

    const places = findings.flatMap((finding) => finding.places ?? []);
    expect(places).toContainEqual(expect.objectContaining({ call: "system", within: "start" }));
    expect(places).toContainEqual(expect.objectContaining({ call: "shmget", within: "main" }));
    const threads = findings.find(({ rule }) => rule === "one-processor");
    expect(threads?.places?.map(({ call, within }) => [call, within])).toEqual([["pthread_create", "share"]]);
    const start = Number.parseInt(/^(\w+) T start$/m.exec(symbols)?.[1] ?? "", 16);
    const site = places.find(({ within }) => within === "start");
    expect((site?.address ?? 0) - start).toBeGreaterThanOrEqual(0);
    expect((site?.address ?? 0) - start).toBeLessThan(32);
  });

test("a program that forks is told that a unikernel runs one program", async () => {
  await using world = await World.create();
  const path = await compile(world, "#include <unistd.h>\nint main(void) { return fork() < 0; }");

  const { program, findings } = await inspect(world, path);

  expect(program.refusedCalls).toContain("fork");
  const told = findings.find(({ message }) => message.includes("fork"));
  expect(told?.places?.map(({ call, within }) => [call, within])).toEqual([["fork", "main"]]);
});
