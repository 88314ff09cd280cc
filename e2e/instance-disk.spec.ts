/** The disk of what runs is read while it is written: as of the last flush, whole at every moment, and never changed. */

import { expect, test } from "@playwright/test";
import { z } from "zod";
import { program } from "./support/programs.ts";
import { openEmpty } from "./support/window.ts";
import { World } from "./support/world.ts";

const Entries = z.array(z.object({ path: z.string(), type: z.string() }));

test("files of a running instance are listed and read while its program writes", async ({ page }) => {
  await using world = await World.create();
  await openEmpty(page, world);
  // It writes, appends, replaces and syncs for as long as it runs.
  const steps = ["--arg", "/", "--arg", "10000000"];
  await world.unideckJson([
    "build",
    program("power_cut.c"),
    "--program-path",
    "/power_cut",
    "--name",
    "writer",
    "--size",
    "64M",
    ...steps,
  ]);
  const writing = world.spawn(["run", "writer"]);
  await page.getByRole("option", { name: /writer/ }).click();
  await page.getByRole("tab", { name: "Files" }).click();

  await expect(page.getByRole("note")).toContainText(/^Read-only: the disk as of its last flush, \d{4}-/);
  await expect(page.getByRole("tree", { name: "Files of writer" })).toContainText("power_cut");
  await expect(async () => {
    const entries = Entries.parse(await world.unideckJson(["ls", "writer", "/"]));
    expect(entries.filter(({ path }) => path.startsWith("/log-")).length).toBe(3);
  }).toPass();
  for (let i = 0; i < 4; i++) {
    const { stdout } = await world.unideck(["cat", "writer", `/log-${i % 3}`]);
    expect(stdout).toMatch(/^STEP=\d{8};/);
  }
  await page.getByRole("button", { name: "Show the current state" }).click();
  await expect(page.getByRole("tree", { name: "Files of writer" })).toContainText("log-0");

  await world.unideck(["kill", "writer"]);
  await page.getByRole("tab", { name: "Log" }).click();
  await expect(page.getByRole("status", { name: "State" })).toContainText("killed");
  writing.kill();
});
