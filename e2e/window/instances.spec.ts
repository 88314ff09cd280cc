/** Instances in the window: crashes, several at once, stop, restart, delete. */

import { expect } from "@playwright/test";
import { program } from "../support/programs.ts";
import { dropAndRun, instance, openConsole, openEmpty, readyToType, state, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";

test("a program that crashes shows a card that says what happened and where", async ({ page, world }) => {
  await openEmpty(page, world);

  await dropAndRun(page, program("crash_null.c"));

  const card = page.getByRole("alert");
  await expect(card).toContainText("The program wrote to address 0x0: nothing is mapped there");
  await expect(card).toContainText("write_it");
  await expect(card).toContainText("It followed a null pointer.");
  await expect(state(page)).toContainText("crashed");
  await page.getByRole("button", { name: "Registers" }).click();
  await expect(card).toContainText("rflags");
  await expect(instance(page, /crash_null.*SIGSEGV/)).toBeVisible();

  // A panel that goes is out of sight in the same frame: two would have half of the room each.
  const panelsInSight = await page.getByRole("tab", { name: "Overview" }).evaluate((tab: HTMLElement) => {
    tab.click();
    const panels = () => [...document.querySelectorAll("[role=tabpanel]")].filter((panel) => panel.checkVisibility());
    return new Promise<number>((resolve) => requestAnimationFrame(() => resolve(panels().length)));
  });
  expect(panelsInSight).toBe(1);
});

test("two instances run side by side, each with its own console; one is stopped, one restarted, one deleted", async ({
  page,
  world,
}) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);
  await page.keyboard.type("for the first\n");
  await expect(terminal(page)).toContainText("1: for the first");

  await page.getByRole("button", { name: "Images" }).click();
  await page.getByRole("option", { name: /cat/ }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "Run cat" })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("region", { name: "Instance cat-2" })).toBeVisible();
  await expect(state(page)).toContainText("running");
  await page.getByRole("region", { name: "Console of cat-2" }).click();
  await page.keyboard.type("for the second\n");
  await expect(terminal(page)).toContainText("1: for the second");
  await expect(terminal(page)).not.toContainText("for the first");
  await openConsole(page, /^cat cat/);
  await expect(terminal(page)).toContainText("1: for the first");

  await page.getByRole("button", { name: "Stop" }).click();
  await expect(state(page)).toContainText(/^.?stopped/);
  await expect(instance(page, /cat-2.*running/)).toBeVisible();

  await page.getByRole("button", { name: "Start again" }).click();
  await expect(state(page)).toContainText("running");
  await page.getByRole("button", { name: "Restart" }).click();
  await page.getByRole("tab", { name: "Overview" }).click();
  await expect(page.getByText("3", { exact: true })).toBeVisible();

  await page.getByRole("listbox", { name: "Instances" }).focus();
  await page.keyboard.press("Delete");
  await expect(page.getByRole("alertdialog", { name: "Delete cat?" })).toContainText("It is running");
  await page.getByRole("button", { name: "Stop and delete" }).click();
  await expect(page.getByRole("option")).toHaveCount(1);
  await expect(page.getByRole("region", { name: "Instance cat-2" })).toBeVisible();
});

test("a stop says its step while the guest does not listen to the power button", async ({ page, world }) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("endless.c"));
  await expect(state(page)).toContainText("running");

  await page.getByRole("button", { name: "Stop" }).click();

  await expect(state(page)).toContainText(/stopp(ing|ed)/);
  await expect(state(page)).toContainText("stopped");
});

test("a right click on a row offers what can be done with it", async ({ page, world }) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("hello.c"));
  await expect(state(page)).toContainText("exited 0");

  await instance(page, /hello/).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Rename…" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("greeter");
  await page.keyboard.press("Enter");
  await expect(instance(page, /greeter/)).toBeVisible();

  await page.getByRole("button", { name: "Images" }).click();
  await page.getByRole("option", { name: /hello/ }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Run…" }).click();
  await expect(page.getByRole("dialog", { name: "Run hello" })).toBeVisible();
});
