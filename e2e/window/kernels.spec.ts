/** Kernel releases in the window: an archive is dropped, installed, chosen for an image, and removed. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { makeRelease } from "../support/release.ts";
import { openWindow } from "../support/window.ts";
import { test } from "../support/window-test.ts";
import { root } from "../support/world.ts";

test("a release that is dropped as an archive is installed, and its image boots", async ({ page, world }) => {
  const folder = await makeRelease(world);
  const archive = world.path("nanos-release-linux-0.1.54.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", folder, "."]);
  await openWindow(page, world);
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();

  await drop(page, archive);
  await page.getByRole("dialog", { name: "Import a kernel release" }).getByRole("button", { name: "Import" }).click();
  const installed = page.getByRole("list", { name: "Installed kernels" });
  await expect(installed.getByRole("listitem")).toHaveCount(2);

  await drop(page, join(root, "resources/samples/build/hello"));
  const sheet = page.getByRole("dialog", { name: "Build hello" });
  await sheet.getByRole("combobox", { name: "Kernel" }).click();
  await page.getByRole("option", { name: /0\.1\.54$/ }).click();
  await sheet.getByRole("button", { name: "Build & run" }).click();

  await expect(page.getByRole("tabpanel").locator(".xterm-accessibility-tree")).toContainText("booted from the disk");
});
