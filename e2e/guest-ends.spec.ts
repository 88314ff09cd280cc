/** How a program's life ends on Pith where Linux has no example: refused calls, crash reports, the power button, no memory. */

import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { readCrashLog } from "../electron/engine/formats/disk/crash-log.ts";
import { QmpClient } from "../electron/engine/hypervisors/qemu/qmp.ts";
import { bootBare, buildFile } from "./support/bare-boot.ts";
import { onLinux, onPith, remarksIn } from "./support/guest.ts";
import { program } from "./support/programs.ts";
import { openConsole, state } from "./support/window.ts";
import { World, waitForOutput } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

test("a crash is reported with signal, address, mapping, registers and the chain of calls", async () => {
  const { code, said, crash } = await onPith(world, program("crash_null.c", "gcc-static-pie"));

  expect(code).toBe(139);
  expect(said).toBe("about to crash\n");
  expect(crash).toEqual(
    expect.arrayContaining([
      "signal: SIGSEGV (11)",
      "address: 0x0",
      "access: write",
      "cause: nothing is mapped there",
      "mapping: nothing",
      "thread: 1 crash_null",
    ]),
  );
  for (const register of ["rip", "rsp", "rax", "r15", "rflags"])
    expect(crash.filter((line) => line.startsWith(`${register}: `))).toHaveLength(1);
  const calls = crash.filter((line) => line.startsWith("#")).map((line) => line.replace(/ \+ .*/, ""));
  expect(calls.slice(0, 3)).toEqual(["#0 write_it", "#1 middle", "#2 main"]);
});

test("what the host keeps of a crash is its code, its signal and the reason", async () => {
  const crashed = await world.unideck(["run", program("crash_null.c"), "--name", "crashed"]);

  expect(crashed.code).toBe(139);
  expect(await instance("crashed")).toMatchObject({
    state: "exited",
    exitCode: 139,
    signal: "SIGSEGV",
    reason: "write of address 0x0: nothing is mapped there",
  });
});

test("fork and exec are refused, with the function that asked", async () => {
  const { code, said, kernel } = await onPith(world, program("fork.c"));

  expect(said).toBe("fork: Function not implemented\nexecve: Function not implemented\n");
  expect(code).toBe(5);
  expect(kernel).toEqual([
    expect.stringMatching(/^pith: the program called fork at \w*[Ff]ork \+ 0x\w+ \(0x\w+\): there is one program/),
    expect.stringMatching(/^pith: the program called execve at \w*execve \+ 0x\w+ \(0x\w+\): there is one program/),
  ]);
});

test("a system call that is not there fails with ENOSYS, and is named once", async () => {
  const { code, said, kernel } = await onPith(world, program("missing.c"));

  expect(said).toBe(
    ["number 1000", "number 1000 again", "kexec_load", "kexec_load again"]
      .map((call) => `${call}: Function not implemented\n`)
      .join(""),
  );
  expect(code).toBe(0);
  expect(kernel).toEqual([
    "pith: system call 1000 does not exist",
    "pith: system call 246 (kexec_load) is not supported",
  ]);
});

test("what the kernel remarks is in the log, once, and not in the program's output", async () => {
  const missing = program("missing.c");
  const image = await buildFile(world, missing);
  const linux = onLinux(missing);
  const remarks = ["system call 1000 does not exist", "system call 246 (kexec_load) is not supported"];

  const plain = await world.unideck(["run", image, "--name", "remarks"]);
  const { id } = await instance("remarks");
  const log = await readFile(world.path(".unideck", "instances", id, "engine.log"), "utf8");
  const verbose = await world.unideck(["run", image, "--rm", "--verbose"]);
  const bare = await bootBare(image, { machine: "q35", cpus: 1 });

  expect(plain).toMatchObject({ stdout: linux.said, stderr: "" });
  expect(log.split("\n").flatMap((line) => /"source":"kernel","text":"(.*)"/.exec(line)?.[1] ?? [])).toEqual(remarks);
  expect(verbose.stdout).toBe(linux.said);
  expect(remarksIn(verbose.stderr)).toEqual(remarks.map((remark) => `pith: ${remark}`));
  for (const remark of remarks) expect(bare.split(`pith: ${remark}`)).toHaveLength(2);
});

test("calls that programs only probe for are refused without a remark", async () => {
  const { said, kernel } = await onPith(world, program("missing.c"), { arguments: ["probes"] });

  expect(said.split("\n").filter((line) => line && !line.endsWith(": Function not implemented"))).toEqual([]);
  expect(said).toContain("pkey_alloc: ");
  expect(kernel).toEqual([]);
});

for (const machine of ["microvm", "q35"])
  test(`the power button of ${machine} ends a program without a handler with 143`, async () => {
    const name = `button-${machine}`;
    const running = world.spawn(["run", program("endless.c"), "--name", name, "--machine", machine]);
    const ended = new Promise((resolve) => running.once("close", resolve));
    await waitForOutput(running, "ready\n");

    await world.unideckJson(["stop", name]);

    expect(await ended).toBe(143);
    expect((await world.unideck(["logs", name])).stdout).toBe("ready\n");
    const { id, ...rest } = await instance(name);
    expect(rest).toMatchObject({ state: "exited", exitCode: 143, signal: "SIGTERM", reason: "stopped" });
    // The first step was enough: QEMU was neither told to quit nor killed.
    const log = await readFile(world.path(".unideck", "instances", id, "engine.log"), "utf8");
    expect(log).toContain("Pressing the power button");
    expect(log).not.toContain("Still running");
  });

test("the power button is SIGTERM to a program that handles it, which ends as it likes", async () => {
  const running = world.spawn(["run", program("polite.c"), "--name", "polite"]);
  const ended = new Promise((resolve) => running.once("close", resolve));
  await waitForOutput(running, "ready\n");

  await world.unideckJson(["stop", "polite"]);

  expect(await ended).toBe(5);
  expect((await world.unideck(["logs", "polite"])).stdout).toBe("ready\ngoodbye by signal 15\n");
  expect(await instance("polite")).toMatchObject({ state: "exited", exitCode: 5, signal: null, reason: "exited" });
});

test("a crash in a thread names that thread, and its stack's overflow", async () => {
  const { code, crash } = await onPith(world, program("faults.c"), { arguments: ["stack"] });

  expect(code).toBe(139);
  expect(crash).toEqual(expect.arrayContaining(["thread: 2 faults", "cause: the stack has overflowed"]));
  expect(crash.find((line) => line.startsWith("#0 "))).toMatch(/^#0 deep /);
});

test("a program that ignores the power button is ended by QEMU, and that is said", async () => {
  const running = world.spawn(["run", program("endless.c"), "--name", "stubborn", "--arg", "ignore"]);
  const ended = new Promise((resolve) => running.once("close", resolve));
  await waitForOutput(running, "ready\n");

  await world.unideckJson(["stop", "stubborn"]);

  expect(await ended).toBe(1);
  const { id, ...rest } = await instance("stubborn");
  expect(rest).toMatchObject({ state: "exited", exitCode: null, signal: null });
  const log = await readFile(world.path(".unideck", "instances", id, "engine.log"), "utf8");
  expect(log).toContain("asking QEMU to quit");
  expect(log).not.toContain("killing QEMU");
});

test("hello runs in 12 MiB of memory", async () => {
  const { code, said } = await onPith(world, program("hello.c"), { run: ["--memory", "12M"] });

  expect({ code, said }).toEqual({ code: 0, said: "hello, world\n" });
});

test("a program gets nearly all of the machine's memory", async () => {
  const { code, said } = await onPith(world, program("greedy.c"), { arguments: ["54"], run: ["--memory", "64M"] });

  expect({ code, said }).toEqual({ code: 0, said: "used 54 MiB\n" });
});

test("a program that uses more memory than there is ends as Linux ends it, and the console says why", async () => {
  const { code, kernel } = await onPith(world, program("greedy.c"), { run: ["--memory", "64M"] });

  expect(code).toBe(137);
  expect(kernel).toEqual(["pith: the machine is out of memory: the program is ended"]);
});

/** QEMU's `inject-nmi`, what a hypervisor has for a guest that hangs: the kernel reports where it is, and ends. */
test("a crash of the kernel is told on both consoles, on the disk and in the window, with code 125", async ({
  page,
}) => {
  await using own = await World.create();
  const running = own.spawn(["run", program("endless.c"), "--name", "doomed"]);
  await waitForOutput(running, "ready\n");
  const { id } = await instance("doomed", own);
  const file = (name: string) => own.path(".unideck", "instances", id, name);
  // QEMU's monitor has one client: without an engine, that is us. The next engine finds out how the machine ended.
  running.kill("SIGKILL");
  const qemu = await QmpClient.connect(file("qmp.sock"));

  await qemu.execute("inject-nmi").catch(() => undefined);
  await qemu.closed;

  // The keeper writes down what the machine has said, soon after. The end of the command's input may keep a thread of the
  // kernel busy at that moment: the chain of calls begins where the thread did, of the program or of the kernel.
  const beginnings = /kernel_entry|thread_start_stub/;
  for (const name of ["serial.log", "console.log"])
    await expect(async () => {
      const [, block = ""] = /^--- crash ---\n(.*?)^--- end ---\n/ms.exec(await readFile(file(name), "utf8")) ?? [];
      expect(block).toMatch(/^kernel: \S+\ncause: non-maskable interrupt\n/);
      expect(block).toMatch(/^rip: [\w.]+ \+ 0x\w+ \(0xffffffff8\w+\)\n(\w+: 0x[0-9a-f]{16}\n){19}#0 [\w.]+ /m);
      expect(block).toMatch(new RegExp(`^#\\d+ (${beginnings.source}) \\+ `, "m"));
    }).toPass({ timeout: 30_000 });
  const ending = { code: 125, reason: "non-maskable interrupt" };
  const log = await readCrashLog(file("disk.raw"));
  expect(log?.code).toBe(125);
  expect(JSON.parse(log?.text ?? "")).toMatchObject({ event: "exit", signal: null, ...ending });
  await page.goto(await own.serve());
  await openConsole(page, /doomed.*kernel crash/);
  await expect(state(page)).toContainText("crashed");
  await expect(page.getByRole("alert")).toContainText("The kernel crashed: non-maskable interrupt");
  await expect(page.getByRole("list", { name: "Backtrace" })).toContainText(beginnings);
});

interface Summary {
  id: string;
  name: string;
}

async function instance(name: string, where = world): Promise<Summary> {
  const all = await where.unideckJson(["ps", "--all"]);
  const found = Array.isArray(all) ? all.find((each: Summary) => each.name === name) : undefined;
  if (!found) throw new Error(`${name} is not among ${JSON.stringify(all)}`);
  return found;
}
