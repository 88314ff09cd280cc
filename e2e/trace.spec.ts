/** Traced runs: on the command line beside the program's output, in the window as a tab. */

import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

for (const machine of ["microvm", "q35"])
  test(`run --trace writes every system call to standard error (${machine})`, async () => {
    await using world = await World.create();

    const { code, stdout, stderr } = await world.unideck(["run", program("hello.c"), "--trace", "--machine", machine]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "hello, world\n" });
    expect(stderr).toMatch(/^1 \d+\.\d+ write\(1, .*, 13\) = 13$/m);
    expect(stderr).toMatch(/^1 \d+\.\d+ brk\(/m);
  });

test("a run without it has no trace, and the next one may have one", async ({ page }) => {
  await using world = await World.create();
  await world.unideck(["run", program("hello.c"), "--name", "plain"]);
  await page.goto(await world.serve());
  await page.getByRole("option", { name: /plain/ }).click();
  await page.getByRole("tab", { name: "Trace" }).click();

  await page.getByRole("button", { name: "Start again with trace" }).click();

  await expect(page.getByRole("log", { name: "System calls" })).toContainText("write(1, ");
  await page.getByRole("textbox", { name: "Names of calls" }).fill("brk");
  await expect(page.getByRole("log", { name: "System calls" })).not.toContainText("write(1, ");
});
