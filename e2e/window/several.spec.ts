/** Several consoles, several windows: in a grid, in a new window, all of one guest typed at from two. */

import { expect, type Page } from "@playwright/test";
import { program } from "../support/programs.ts";
import { dropAndRun, openEmpty, readyToType, state, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";

const consoleIn = (page: Page, name: string) =>
  page.getByRole("region", { name: `Console of ${name}`, exact: true }).locator(".xterm-accessibility-tree");

test("two windows watch one console and type on it; others stand beside it in a grid", async ({ page, world }) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);
  await page.keyboard.type("from the first\n");
  await expect(terminal(page)).toContainText("1: from the first");

  const opening = page.context().waitForEvent("page");
  await page.getByRole("button", { name: "Open in a new window" }).click();
  const own = await opening;
  await expect(own).toHaveTitle("cat · Unideck");
  await expect(consoleIn(own, "cat")).toContainText("1: from the first");
  await expect(own.getByRole("button", { name: "Open in a new window" })).toHaveCount(0);
  await own.getByRole("region", { name: "Console of cat" }).click();
  await own.keyboard.type("from its own\n");
  for (const window of [own, page]) await expect(consoleIn(window, "cat")).toContainText("2: from its own");

  await world.unideck(["duplicate", "cat"]);
  await world.unideck(["start", "cat-2"]);
  await page.getByRole("button", { name: "Consoles" }).click();
  await expect(page.getByRole("article")).toHaveCount(2);
  await expect(consoleIn(page, "cat")).toContainText("2: from its own");
  await page.getByRole("region", { name: "Console of cat-2" }).click();
  await page.keyboard.type("beside it\n");
  await expect(consoleIn(page, "cat-2")).toContainText("1: beside it");
  await expect(consoleIn(own, "cat")).not.toContainText("beside it");
});

test("a restart draws a line in the console, and each line has its time where that is wanted", async ({
  page,
  world,
}) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("hello.c"));
  await expect(state(page)).toContainText("exited 0");
  await page.getByRole("button", { name: "Start again" }).click();
  await expect(terminal(page)).toContainText(/── run 2, started \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ──/);
  await expect(state(page)).toContainText("exited 0");

  // The keyboard is not caught in a console that nobody reads.
  await page.getByRole("textbox", { name: "Terminal input" }).press("Tab");
  await expect(page.getByRole("searchbox", { name: "Find in console" })).toBeFocused();

  await page.getByRole("button", { name: "Timestamps" }).click();

  await expect(terminal(page)).toContainText(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} hello, world/);
});
