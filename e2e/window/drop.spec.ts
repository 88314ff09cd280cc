/** The whole path: a program is dropped, built with Pith, booted, and its console is on screen. */

import { join } from "node:path";
import { expect } from "@playwright/test";
import { program } from "../support/programs.ts";
import { dropAndRun, openEmpty, state, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";
import { root } from "../support/world.ts";

test("a dropped program runs with two actions: drop, Build & run", async ({ page, world }) => {
  await openEmpty(page, world);

  await dropAndRun(page, program("hello.c"));

  await expect(terminal(page)).toContainText("hello, world");
  await expect(state(page)).toContainText("exited 0");
});

test("the sample runs with one click", async ({ page, world }) => {
  await page.setViewportSize({ width: 1280, height: 880 });
  await openEmpty(page, world);

  await page.getByRole("button", { name: "Try the sample" }).click();

  await expect(terminal(page)).toContainText("hello from a unikernel");
  await expect(terminal(page)).toContainText("That is all. Goodbye!");
  await expect(state(page)).toContainText("exited 0");
  // The picture in the README, made anew on request: each run's clock differs, and tests should not change the tree.
  if (process.env.UNIDECK_UPDATE_SCREENSHOT) await page.screenshot({ path: join(root, "docs", "screenshot.png") });
});
