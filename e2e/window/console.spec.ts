/** The console pane: typing, finding, saving, following. */

import { expect } from "@playwright/test";
import { program } from "../support/programs.ts";
import { dropAndRun, openConsole, openEmpty, readyToType, terminal } from "../support/window.ts";
import { isDesktop, test } from "../support/window-test.ts";

test("what is typed reaches the guest at once after a build, and can be found and saved", async ({
  page,
  world,
  saved,
}) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);

  await page.keyboard.type("apples 42\n");
  // An answer that comes while the next line is typed stands in the middle of its echo, as in any terminal.
  await expect(terminal(page)).toContainText("1: apples 42");
  await page.keyboard.type("pears 42 and 43\n");
  await expect(terminal(page)).toContainText("2: pears 42 and 43");

  const found = page.getByRole("status", { name: "Matches" });
  await page.getByRole("searchbox", { name: "Find in console" }).fill("42");
  await expect(found).toHaveText("4 of 4");
  await page.keyboard.press("Enter");
  await expect(found).toHaveText("1 of 4");
  await page.keyboard.press("Shift+Enter");
  await expect(found).toHaveText("4 of 4");
  await page.getByRole("button", { name: "Regular expression" }).click();
  await page.getByRole("searchbox", { name: "Find in console" }).fill("[0-9]: (apples|pears)");
  await expect(found).toHaveText(/ of 2$/);
  await page.getByRole("searchbox", { name: "Find in console" }).fill("(");
  await expect(found).toHaveText("invalid regular expression");

  const { text, title } = await saved(() => page.getByRole("button", { name: "Save" }).click());
  expect(text).toContain("1: apples 42");
  if (isDesktop) expect(title).toMatch(/^Save cat/);

  await page.getByRole("button", { name: "Clear" }).click();
  await expect(terminal(page)).not.toContainText("apples");
});

test("a long console follows its end, lets go when it is scrolled and follows again", async ({ page, world }) => {
  await openEmpty(page, world);
  await world.unideck(["run", program("output.c"), "--name", "long", "--arg", "3000"]);
  await openConsole(page, /long/);
  await expect(terminal(page)).toContainText("line 0002999");
  const following = page.getByRole("button", { name: "following" });
  await expect(following).toBeVisible();

  await page.getByRole("region", { name: "Console of long" }).hover();
  await page.mouse.wheel(0, -2000);
  await expect(page.getByRole("button", { name: "follow ⏎" })).toBeVisible();
  await expect(terminal(page)).not.toContainText("line 0002999");

  await page.getByRole("tab", { name: "Log" }).click();
  await page.getByRole("tab", { name: "Console" }).click();
  await expect(page.getByRole("button", { name: "follow ⏎" })).toBeVisible();
  await page.getByRole("button", { name: "follow ⏎" }).click();
  await expect(terminal(page)).toContainText("line 0002999");
  await expect(following).toBeVisible();

  await page.getByRole("button", { name: "Larger text" }).click();
  await expect(terminal(page)).toContainText("line 0002999");
  await page.getByRole("tab", { name: "Overview" }).click();
  await page.setViewportSize({ width: 700, height: 400 });
  await page.getByRole("tab", { name: "Console" }).click();
  await expect(terminal(page)).toContainText("line 0002999");
  await expect(following).toBeVisible();
});
