/** Standard streams that are pipes and files: to the guest they are none of a terminal's, and every byte arrives. */

import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { outcomeOf, World, waitForOutput } from "./support/world.ts";

const run = ["run", "--rm", program("piped.c")];

/** As the program counts it. */
function hashOf(bytes: Uint8Array): string {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    // Times 0x100000001b3, modulo 2^64, in two halves.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

const told = (bytes: Uint8Array) =>
  `terminals 000, bytes bytes, ${bytes.length} bytes, hash ${hashOf(bytes)}, end: yes\n`;

const inputs = {
  "control characters": Buffer.from("ab\x03cd\n\x04\x1a\x1c\x15\x7f\r\0"),
  "a line that no terminal has room for": Buffer.from(`${"q".repeat(20_000)}\n`),
  "a line without an end": Buffer.from("x"),
  "every byte there is": Buffer.from(Array.from({ length: 256 * 100 }, (_, i) => i % 256)),
  nothing: Buffer.alloc(0),
};

for (const [name, input] of Object.entries(inputs))
  test(`piped input arrives as it is, and ends: ${name}`, async () => {
    await using world = await World.create();

    const { code, stdout } = await world.unideck(run, { input });

    expect(stdout).toBe(told(input));
    expect(code).toBe(0);
  });

test("ten megabytes from a file arrive complete, also at a program that reads little at a time", async () => {
  await using world = await World.create();
  const input = Buffer.alloc(10_000_000, "0123456789abcdefghijklmnopqrstuvwxyz\n\x03\xff");
  await writeFile(world.path("input"), input);
  const running = world.spawn([...run, "--arg=1000"]);

  createReadStream(world.path("input")).pipe(running.stdin);

  const { code, stdout } = await outcomeOf(running, 100_000);
  expect(stdout).toBe(told(input));
  expect(code).toBe(0);
});

test("an engine that is killed in the middle of the input is an error to the program, not an end", async () => {
  await using world = await World.create();
  const running = world.spawn(["run", program("piped.c"), "--name", "cut", "--arg=65536", "--arg=begins"]);
  running.stdin.write("the first half");
  await waitForOutput(running, "begins");

  running.kill("SIGKILL");
  await once(running, "exit");

  await expect
    .poll(async () => (await world.unideck(["logs", "cut"])).stdout, { timeout: 30_000 })
    .toMatch(/14 bytes, hash \w+, end: Input\/output error\n/);
  expect(await world.instanceLog("cut")).toContain(
    "the host has stopped sending the standard input before its end: reading it fails",
  );
});

test("a caller that is killed in the middle of the input is an error to the program, while another process is the engine", async () => {
  await using world = await World.create();
  await world.serve();
  const running = world.spawn(["run", program("piped.c"), "--name", "left", "--arg=65536", "--arg=begins"]);
  running.stdin.write("the first half");
  await waitForOutput(running, "begins");

  running.kill("SIGKILL");
  await once(running, "exit");

  await expect
    .poll(async () => (await world.unideck(["logs", "left"])).stdout, { timeout: 30_000 })
    .toMatch(/14 bytes, hash \w+, end: Input\/output error\n/);
});

test("a program that asks for single keys gets them from a terminal, though its output goes to a file", async () => {
  await using world = await World.create();
  const output = world.path("output");
  const contents = () => readFile(output, "utf8").catch(() => "");
  const terminal = world.spawnAtTerminal(["run", "--rm", program("raw_terminal.c")], output);
  await expect.poll(contents, { timeout: 60_000 }).toContain("press a key");

  // No line's end: a terminal that edits lines would keep it.
  const typing = setInterval(() => terminal.stdin.write("k"), 500);
  await expect
    .poll(contents, { timeout: 30_000 })
    .toContain("key k")
    .finally(() => clearInterval(typing));
  await expect.poll(contents, { timeout: 30_000 }).toContain("type a line");
  terminal.stdin.write("end\n");

  await outcomeOf(terminal, 60_000);
  expect(await contents()).toMatch(/^echo on\npress a key\nkey k\ntype a line\nline k*end\n$/);
});

test("at a terminal the program's streams are one", async () => {
  await using world = await World.create();
  const terminal = world.spawnAtTerminal([...run, "--arg=65536", "--arg=begins"]);
  await waitForOutput(terminal, "begins", 60_000);
  terminal.stdin.write("hello\n\x04");

  const { stdout } = await outcomeOf(terminal, 60_000);

  expect(stdout).toContain("terminals 111, characters characters, 6 bytes");
});
