/** `unideck run` with a real QEMU and a guest of 55 bytes: a boot sector in the place of a kernel's loader. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { makeTestWorld, type TestWorld } from "../hosts/test-world.ts";

/**
 * Says hello on the first serial port, gives back every byte that comes in there, and at a `q` resets the machine by a
 * triple fault, which ends QEMU.
 */
const echoUntilQ = Buffer.from(
  [
    "fa31c08ed8", // cli; xor ax, ax; mov ds, ax
    "be2a7cbaf803", // mov si, 0x7c2a; mov dx, 0x3f8
    "ac84c07403eeebf8", // next: lodsb; test al, al; jz read; out dx, al; jmp next
    "bafd03eca80174f8", // read: mov dx, 0x3fd; in al, dx; test al, 1; jz read
    "baf803ecee3c7175ef", // mov dx, 0x3f8; in al, dx; out dx, al; cmp al, 'q'; jne read
    "0f011e317ccc", // lidt [0x7c31]; int3
    "68656c6c6f0a00000000000000", // "hello\n", 0; an interrupt table of no length
  ].join(""),
  "hex",
);

const fixtures = join(import.meta.dirname, "../engine/formats/fixtures/ops/input");
const program = join(fixtures, "tiny");

let world: TestWorld;
let release: string;
beforeEach(async () => {
  world = await makeTestWorld();
  release = join(world.folder, "release");
  await cp(join(fixtures, "release"), release, { recursive: true });
  const loader = await readFile(join(release, "boot.img"));
  echoUntilQ.copy(loader);
  await writeFile(join(release, "boot.img"), loader);
});
afterEach(async () => {
  const { stdout } = await finish(unideck("ps", "--all", "--json"));
  const instances = z.array(z.object({ id: z.string() })).parse(JSON.parse(stdout));
  if (instances.length > 0) await finish(unideck("rm", "--force", ...instances.map(({ id }) => id)));
  await world.remove();
});

interface Running {
  child: ChildProcess & { stdin: NodeJS.WritableStream };
  seen: { stdout: string; stderr: string };
  closed: Promise<unknown[]>;
}

function unideck(...args: string[]): Running {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../cli.ts"), ...args], {
    env: world.environment,
    cwd: world.folder,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const seen = { stdout: "", stderr: "" };
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    seen.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    seen.stderr += text;
  });
  return { child, seen, closed: once(child, "close") };
}

async function finish({ closed, seen }: Running) {
  const [code] = await closed;
  return { code, ...seen };
}

async function shows({ child, seen }: Running, text: string): Promise<void> {
  while (!seen.stdout.includes(text))
    await once(child.stdout ?? child, "data", { signal: AbortSignal.timeout(15_000) });
}

const run = (...args: string[]) => unideck("run", program, "--kernel", release, "--machine", "q35", ...args);
const instances = async () => JSON.parse((await finish(unideck("ps", "--all", "--json"))).stdout);

test("shows the console and nothing else, takes bytes in, and keeps the instance", async () => {
  const running = run("--name", "guest", "--memory", "32M");
  await shows(running, "hello\n");

  running.child.stdin.write(Buffer.from("\xff\x00typed q", "latin1"));
  const { code, stdout, stderr } = await finish(running);

  // A kernel that does not tell its program's exit code ends with 1, and that is said.
  expect(code).toBe(1);
  expect(stdout).toBe("hello\n\xff\x00typed q");
  expect(stderr).toMatch(/^unideck: .+\n$/);
  expect(await instances()).toMatchObject([{ name: "guest", image: "guest", state: "exited", memoryBytes: 32 << 20 }]);
});

test("is seen by other commands while it runs, and can be followed to its end", async () => {
  const running = run();
  await shows(running, "hello\n");

  const [listed] = await instances();
  const logs = await finish(unideck("logs", "tiny"));
  const following = unideck("logs", "--follow", "tiny");
  await shows(following, "hello\n");
  const removed = await finish(unideck("rm", "tiny"));
  running.child.stdin.write("q");
  const { code } = await finish(running);
  const followed = await finish(following);

  expect(listed).toMatchObject({ name: "tiny", state: "running", exitCode: null });
  expect(logs).toMatchObject({ code: 0, stdout: "hello\n" });
  expect(removed).toMatchObject({ code: 1, stderr: expect.stringContaining("error: ") });
  expect(code).toBe(1);
  expect(followed).toEqual({ code: 0, stdout: "hello\nq", stderr: "" });
});

test("Ctrl-C stops the guest, a second one at once; --rm leaves nothing", async () => {
  const running = run("--rm", "--json");
  await shows(running, '"console"');

  running.child.kill("SIGINT");
  // Two signals at once are one to a process: the second is sent when the first was heard.
  const isStopping = async () => (await instances()).some(({ state }: { state: string }) => state === "stopping");
  while (!(await isStopping())) expect(running.child.exitCode).toBeNull();
  running.child.kill("SIGINT");
  const { stdout } = await finish(running);

  const lines = stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: "console", offset: 0, part: "program" });
  expect(lines.at(-1)).toMatchObject({ type: "end", name: "tiny", state: "exited" });
  expect(await instances()).toEqual([]);
});
