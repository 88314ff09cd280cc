/** The window as specs see it: opened on a world, and its parts by role and name. */

import { expect, type Page } from "@playwright/test";
import { drop } from "./drop.ts";
import { isDesktop } from "./window-test.ts";
import type { World } from "./world.ts";

/** Opens the window on the world's home. In Electron it is there already. */
export async function openWindow(page: Page, world: World): Promise<void> {
  if (!isDesktop) await page.goto(await world.serve());
}

/** The same for a new home, and waits until the engine has told that there is nothing in it. */
export async function openEmpty(page: Page, world: World): Promise<void> {
  await openWindow(page, world);
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
}

export const instance = (page: Page, name: RegExp) => page.getByRole("option", { name });
export const state = (page: Page) => page.getByRole("status", { name: "State" });
export const terminal = (page: Page) =>
  page.getByRole("tabpanel", { name: "Console" }).locator(".xterm-accessibility-tree");

/** Two actions: what a person does to see a program run. */
export async function dropAndRun(page: Page, path: string): Promise<void> {
  await drop(page, path);
  await page.getByRole("button", { name: "Build & run" }).click();
}

/** Opens an instance of the list on its console. */
export async function openConsole(page: Page, name: RegExp): Promise<void> {
  await instance(page, name).click();
  await page.getByRole("tab", { name: "Console" }).click();
}

/** Waits until what is typed goes to the guest: after a build, the sheet gives the focus to the terminal as it closes. */
export const readyToType = (page: Page) => expect(page.getByRole("textbox", { name: "Terminal input" })).toBeFocused();
