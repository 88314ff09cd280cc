/** What goes through a guest's console: all of it, unchanged and in order, whatever it is. */

import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { onLinux, onPith } from "./support/guest.ts";
import { program } from "./support/programs.ts";
import { World, waitForOutput } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

for (const { what, how } of [
  { what: "escape sequences that would change a terminal", how: "escapes" },
  { what: "all bytes there are and broken UTF-8", how: "bytes" },
  { what: "ten million bytes without the end of a line", how: "endless" },
])
  test(`${what} come out as they went in`, async () => {
    const options = { arguments: [how] };

    const { code, said } = await onPith(world, program("hostile.c"), options);

    // Not by toEqual: it would print ten million bytes.
    const wanted = onLinux(program("hostile.c"), options);
    expect(said === wanted.said).toBe(true);
    expect(code).toBe(0);
  });

test("ten megabytes of lines are complete and in order", async () => {
  const lines = 180_000;
  const startedAt = performance.now();

  const { code, said } = await onPith(world, program("output.c"), { arguments: [String(lines)] });

  const seconds = (performance.now() - startedAt) / 1000;
  const description = `${(said.length / 1e6 / seconds).toFixed(1)} MB/s, from the command to its end`;
  test.info().annotations.push({ type: "speed", description });
  expect(said === onLinux(program("output.c"), { arguments: [String(lines)] }).said).toBe(true);
  expect(code).toBe(0);
});

for (const machine of ["microvm", "q35"])
  test(`input reaches the program line by line, while it runs, and is not echoed into the output (${machine})`, async () => {
    const running = world.spawn(["run", program("cat.c"), "--rm", "--machine", machine]);
    const ended = new Promise((resolve) => running.once("close", resolve));

    running.stdin.write("first\n");
    await waitForOutput(running, "1: first\n");
    running.stdin.write("second\nthi");
    await waitForOutput(running, "2: second\n");
    // The end of the input ends the line that was begun, and then the program.
    const said = waitForOutput(running, "lines\n");
    running.stdin.end("rd");

    expect(await said).toBe("3: thirdend after 3 lines\n");
    expect(await ended).toBe(0);
  });

test("a file that was added is what the program reads", async () => {
  const text = "one line\nanother\n";
  await writeFile(world.path("notes"), text);

  const { code, said } = await onPith(world, program("cat.c"), {
    arguments: ["/data/my notes.txt"],
    run: ["--file", `${world.path("notes")}:/data/my notes.txt`],
  });

  expect({ code, said }).toEqual({ code: 0, said: "1: one line\n2: another\nend after 2 lines\n" });
});
