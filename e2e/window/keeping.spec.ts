/** What the window keeps: settings, what is on screen, and its place in a console, over reloads and the engine's death. */

import { expect } from "@playwright/test";
import { program } from "../support/programs.ts";
import { dropAndRun, openEmpty, readyToType, state, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";

test("settings and what is on screen survive a reload", async ({ page, world }) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("hello.c"));
  await expect(state(page)).toContainText("exited 0");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("combobox", { name: "Theme" }).click();
  await page.getByRole("option", { name: "Dark" }).click();
  await page.getByRole("textbox", { name: "Font size" }).fill("16");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "Instances" }).click();
  await page.getByRole("separator", { name: "Width of the list" }).focus();
  await page.keyboard.press("ArrowRight");

  await page.reload();

  await expect(terminal(page)).toContainText("hello, world");
  await expect(page.getByRole("tab", { name: "Console" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("separator", { name: "Width of the list" })).toHaveAttribute("aria-valuenow", "356");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await world.unideckJson(["ps", "--all"])).toHaveLength(1);
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(page.getByRole("textbox", { name: "Font size" })).toHaveValue("16");
});

test("the window goes on when the engine behind it is killed and another takes over", { tag: "@web" }, async ({
  page,
  world,
}) => {
  const engine = await world.startServing();
  const other = await world.startServing();
  await page.goto(await world.link(other.port));
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);
  await page.keyboard.type("before\n");
  await expect(terminal(page)).toContainText("1: before");

  engine.process.kill("SIGKILL");

  await expect(async () => {
    await page.keyboard.type("after\n");
    await expect(terminal(page)).toContainText(": after", { timeout: 1000 });
  }).toPass();
  await expect(terminal(page)).toContainText("1: before");
  await expect(state(page)).toContainText("running");
});

test("a window whose host was started anew says how to get in, and finds everything again", { tag: "@web" }, async ({
  page,
  world,
}) => {
  const first = await world.startServing();
  await page.goto(await world.link(first.port));
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);
  await page.keyboard.type("before\n");
  await expect(terminal(page)).toContainText("1: before");

  first.process.kill("SIGKILL");
  await world.startServing(first.port);

  await expect(page.getByRole("alert")).toContainText("web.unauthorized");
  // Only the fragment of the address changes: the page is not loaded again.
  const link = await world.link(first.port);
  await page.evaluate((address) => window.location.assign(address), link);
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(page.url()).toBe(`http://127.0.0.1:${first.port}/`);
  await expect(terminal(page)).toContainText("1: before");
  await page.getByRole("region", { name: "Console of cat" }).click();
  await page.keyboard.type("after\n");
  await expect(terminal(page)).toContainText("2: after");
});

test("a new tab comes in through one that is open, and the link leaves the address bar", { tag: "@web" }, async ({
  page,
  context,
  world,
}) => {
  const { port } = await world.startServing();
  await page.goto(await world.link(port));
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  expect(page.url()).toBe(`http://127.0.0.1:${port}/`);

  const second = await context.newPage();
  await second.goto(`http://127.0.0.1:${port}/`);

  await expect(second.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  expect(await context.cookies()).toEqual([]);
});
