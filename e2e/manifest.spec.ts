/** What the manifest asks of the kernel besides the program: each key is honoured, or named once. */

import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { runBareMachine } from "./support/bare-machine.ts";
import { onPith } from "./support/guest.ts";
import { program } from "./support/programs.ts";
import { World, waitForOutput } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

async function configuration(name: string, content: object): Promise<readonly string[]> {
  const path = world.path(name);
  await writeFile(path, JSON.stringify(content));
  return ["-c", path];
}

test("nothing is changed on a root that is to be read-only, and a key that is not honoured is named", async () => {
  const passthrough = { readonly_rootfs: "t", log_level: "3" };
  // An address comes with an `ip6addr` that is empty, which asks for nothing.
  const run = await configuration("readonly.json", {
    ManifestPassthrough: passthrough,
    RunConfig: { IPAddress: "10.0.2.20" },
  });

  const { said, kernel } = await onPith(world, program("disk.c"), { run, arguments: ["/"] });

  expect(said).toMatch(/^make a folder: Read-only file system$/m);
  expect(said).toMatch(/^a file without a name: Read-only file system$/m);
  expect(kernel).toEqual(["pith: the manifest's log_level is not honoured yet"]);
});

test("a program starts as another user, and does not become root", async () => {
  const { said } = await onPith(world, program("credentials.c"), { run: ["--user", "999:998"] });

  expect(said).toMatch(/^999 999 998 998 0\n {4}Uid:\t999\t999\t999\t999\n {4}Gid:\t998\t998\t998\t998\n/);
  expect(said).toMatch(/^CALL\(setresuid, 33, 33, 33\): Operation not permitted$/m);
});

for (const { expected, becomes } of [
  { expected: "!3", becomes: [3, 0] },
  { expected: ["200", "77"], becomes: [3, 0] },
  { expected: "*", becomes: [0] },
])
  test(`codes that are expected count as 0, others stay what they are: ${expected}`, async () => {
    const run = await configuration("expected.json", { ManifestPassthrough: { expected_exit_code: expected } });
    const codes = [];

    for (const argument of ["3", "200"].slice(0, becomes.length))
      codes.push((await onPith(world, program("exit_code.c"), { run, arguments: [argument] })).code);

    expect(codes).toEqual(becomes);
  });

test("files that were not found and the number of calls are told at the end", async () => {
  const passthrough = { missing_files: "t", syscall_summary: "t" };
  const run = await configuration("summary.json", { ManifestPassthrough: passthrough });

  const { said, kernel } = await onPith(world, program("missing.c"), { run });

  expect(said).toContain("kexec_load again: Function not implemented\n");
  expect(kernel).toContain("pith:    calls  errors  system call");
  expect(kernel).toContain("pith:        2       2  kexec_load");

  const dynamic = await onPith(world, program("hello.c", "gcc-dynamic"), { run });

  expect(dynamic.kernel).toContain("pith: not found: /etc/ld.so.cache");
});

test("a machine restarts where the code says so, until it does not", async () => {
  const run = await configuration("reboot.json", { RebootOnExit: true });
  const image = world.path("again.img");
  await world.unideckJson(["build", program("again.c"), "--out", image, ...run]);

  const disk = ["-drive", `if=none,id=disk,format=raw,file=${image}`, "-device", "virtio-blk-device,drive=disk"];
  const said = await runBareMachine(disk, { canReset: true });

  expect(said.replaceAll("\r", "")).toBe("start 1\nstart 2\nstart 3\n");
  // Unideck's machines end instead; on a PC another register resets.
  const { code } = await onPith(world, program("again.c"), { run: [...run, "--machine", "q35"] });
  expect(code).toBe(3);
});

test("a machine stays up where the code says so, and its button ends it with that code", async () => {
  const run = await configuration("idle.json", { ManifestPassthrough: { idle_on_exit: ["7", "t"] } });
  const running = world.spawn(["run", program("exit_code.c"), "--name", "idle", "--arg", "7", ...run]);
  const ended = new Promise((resolve) => running.once("close", resolve));
  await waitForOutput(running, "pith: the program has ended with 7, and the machine stays up\n");

  await world.unideckJson(["stop", "idle"]);

  expect(await ended).toBe(7);
  expect((await onPith(world, program("exit_code.c"), { run, arguments: ["8"] })).code).toBe(8);
});

test("of the calls that are traced, those that are named are left out", async () => {
  const run = await configuration("traced.json", { Debugflags: ["debugsyscalls"], NoTrace: ["brk", "write"] });

  const { said } = await onPith(world, program("hello.c"), { run });

  expect(said).toMatch(/^1 \d+\.\d+ exit_group\(0\)|^1 \d+\.\d+ mprotect\(/m);
  expect(said).toContain("hello, world\n");
  expect(said).not.toMatch(/ (brk|write)\(/);
});
