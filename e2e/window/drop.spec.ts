/** The whole path: a program is dropped, built with Pith, booted, and its console is on screen. */

import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { root, World } from "../support/world.ts";

const state = (page: Page) => page.getByRole("status", { name: "State" });
const terminal = (page: Page) => page.getByRole("tabpanel", { name: "Console" }).locator(".xterm-accessibility-tree");
const buildAndRun = (page: Page) => page.getByRole("button", { name: "Build & run" }).click();

async function open(page: Page, world: World): Promise<void> {
  await page.goto(await world.serve());
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
}

test("a dropped program runs with two actions: drop, Build & run", async ({ page }) => {
  await using world = await World.create();
  await open(page, world);

  await drop(page, program("hello.c"));
  await buildAndRun(page);

  await expect(terminal(page)).toContainText("hello, world");
  await expect(state(page)).toContainText("exited 0");
});

test("the sample runs with one click", async ({ page }) => {
  await using world = await World.create();
  await page.setViewportSize({ width: 1280, height: 880 });
  await open(page, world);

  await page.getByRole("button", { name: "Try the sample" }).click();

  await expect(terminal(page)).toContainText("hello from a unikernel");
  await expect(terminal(page)).toContainText("That is all. Goodbye!");
  await expect(state(page)).toContainText("exited 0");
  // The picture in the README, made anew on request: each run's clock differs, and tests should not change the tree.
  if (process.env.UNIDECK_UPDATE_SCREENSHOT) await page.screenshot({ path: join(root, "docs", "screenshot.png") });
});
