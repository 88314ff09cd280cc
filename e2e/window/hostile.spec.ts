/** Output of a guest that means harm: what it reaches for, what is no text, and a line that does not end. */

import { expect, test } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { openEmpty, state, terminal } from "../support/window.ts";
import { World } from "../support/world.ts";

// A trace copies the page at every change of the terminal, which takes far longer than the output itself.
test.use({ trace: "off" });

test("output that means harm is drawn, and does nothing else", async ({ page }) => {
  await using world = await World.create();
  await openEmpty(page, world);
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await drop(page, program("probing.c"));
  await page.getByRole("textbox", { name: "Arguments" }).fill("10");
  await page.getByRole("button", { name: "Build & run" }).click();

  await expect(terminal(page)).toContainText("still here", { timeout: 30_000 });
  await page.keyboard.type("me\n");

  // After the echo. Had the terminal answered a question about itself, more would have been heard before it.
  await expect(terminal(page)).toContainText(/heard:me\s*6d 65\./);
  await expect(page).toHaveTitle("Unideck");
  await expect(state(page)).toContainText("exited 0");
  await page.getByRole("searchbox", { name: "Find in console" }).fill("still here");
  await expect(page.getByRole("status", { name: "Matches" })).toHaveText("1 of 1");
  await page.getByRole("searchbox", { name: "Find in console" }).fill("no text");
  await expect(page.getByRole("status", { name: "Matches" })).toHaveText("none");
  expect(dialogs).toEqual([]);
});
