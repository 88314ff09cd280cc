/** An image's files in the window: the disk usage, the tree, a look into a file, a copy out of it. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { openWindow } from "../support/window.ts";
import { test } from "../support/window-test.ts";
import { root } from "../support/world.ts";

test("the files of an image are walked by keys, looked into and copied out", async ({ page, world }) => {
  await mkdir(world.path("site/pages"), { recursive: true });
  await writeFile(world.path("site/pages/index.html"), "<h1>It is here</h1>\n");
  await writeFile(world.path("site/noise.bin"), Buffer.alloc(3_000_000, "\0\u0001"));
  const sample = join(root, "resources/samples/build/hello");
  expect(await world.unideck(["build", sample, "--dir", `${world.path("site")}:/site`])).toMatchObject({ code: 0 });
  await openWindow(page, world);
  await page.getByRole("button", { name: "Images" }).click();
  await page.getByRole("option", { name: /hello/ }).click();

  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText("No problems found")).toBeVisible();
  await page.getByRole("tab", { name: "Files" }).click();
  await page.getByRole("button", { name: "/site/noise.bin, 2.9 MB" }).click();
  await expect(page.getByRole("treeitem", { name: /noise\.bin/, selected: true })).toBeVisible();

  await page.getByRole("tree", { name: "Files of hello" }).focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("treeitem", { name: /index\.html/ })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("region", { name: "Preview of /site/pages/index.html" })).toContainText("It is here");

  await page.getByRole("button", { name: "Copy out…" }).click();
  const dialog = page.getByRole("dialog", { name: "Copy /site/pages/index.html out" });
  await dialog.getByRole("textbox", { name: "To" }).fill(world.path("copied.html"));
  await page.keyboard.press("Enter");
  await expect(dialog).toContainText(`It is at ${world.path("copied.html")}`);
  expect(await readFile(world.path("copied.html"), "utf8")).toBe("<h1>It is here</h1>\n");
});
