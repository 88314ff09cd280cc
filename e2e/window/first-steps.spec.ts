/** The window as a new user meets it: the drop zone, the sheet, a machine's console, the doctor. */

import { join } from "node:path";
import { expect } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { makeRelease } from "../support/release.ts";
import { openEmpty, openWindow } from "../support/window.ts";
import { test } from "../support/window-test.ts";
import { root } from "../support/world.ts";

const sample = join(root, "resources/samples/build/hello");

test("a new home shows where to drop a program", async ({ page, world }) => {
  await openWindow(page, world);

  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Try the sample" })).toBeVisible();
  expect(page.url()).not.toContain("#");
});

test("a dropped program is described on the build sheet", async ({ page, world }) => {
  await openEmpty(page, world);

  await drop(page, sample);

  const sheet = page.getByRole("dialog", { name: "Build hello" });
  await expect(sheet.getByRole("region", { name: "Program" })).toContainText("x86-64");
  await expect(sheet.getByRole("textbox", { name: "Name" })).toHaveValue("hello");
});

test("a dropped text is refused with what to do", async ({ page, world }) => {
  await openEmpty(page, world);

  await drop(page, join(root, "LICENSE"));

  await expect(page.getByRole("alert")).toContainText("elf.not-elf");
});

test("what is started on the command line is seen in the window, with its console", async ({ page, world }) => {
  const release = await makeRelease(world);
  await openEmpty(page, world);

  await world.unideck(["run", sample, "--kernel", release, "--name", "said"]);
  await page.getByRole("option", { name: /said/ }).click();
  await page.getByRole("tab", { name: "Console" }).click();

  await expect(page.getByRole("status", { name: "State" })).toContainText("exited 7");
  await expect(page.getByRole("tabpanel").locator(".xterm-accessibility-tree")).toContainText("booted from the disk");
});

test("the window follows the system into the dark", async ({ page, world }) => {
  await openWindow(page, world);
  const ink = () => page.evaluate(() => getComputedStyle(document.querySelector("nav") ?? document.body).color);
  const inTheLight = await ink();

  await page.emulateMedia({ colorScheme: "dark" });

  await expect.poll(ink).not.toBe(inTheLight);
});

test("the doctor says what it found", async ({ page, world }) => {
  await openWindow(page, world);

  await page.getByRole("button", { name: "Doctor" }).click();

  await expect(page.getByRole("listitem").filter({ hasText: "QEMU" }).first()).toContainText("ok");
});
