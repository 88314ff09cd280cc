/** Container images in the window: an archive that is dropped, and the name of one in a registry. */

import { expect } from "@playwright/test";
import { copyImage, makeLayout, startRegistry } from "../support/container-image.ts";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { openEmpty, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";

const parts = {
  programs: { "/usr/bin/arguments": program("arguments.c", "gcc-dynamic") },
  config: [
    "--config.entrypoint",
    "arguments",
    "--config.cmd",
    "from the image",
    "--config.env",
    "TEST_MODE=container",
    "--config.exposedports",
    "80/tcp",
  ],
};

test("an archive of docker save is dropped, shown with what it asks for, and run", async ({ page, world }) => {
  const layout = await makeLayout(world, "layout", parts);
  const archive = world.path("saved.tar");
  copyImage(`oci:${layout}:1`, `docker-archive:${archive}:me/app:1`);
  await openEmpty(page, world);

  await drop(page, archive);
  const sheet = page.getByRole("dialog", { name: "Build arguments" });
  await expect(sheet.getByRole("textbox", { name: "Arguments" })).toHaveValue(/from the image/);
  await expect(sheet.getByRole("textbox", { name: "Ports" })).toHaveValue("8080:80");
  await expect(sheet).toContainText(/Values come from .*saved\.tar/);
  await sheet.getByRole("button", { name: "Build & run" }).click();

  await expect(terminal(page)).toContainText("argument 1: [from the image]");
});

test("an image is named with its registry; one that is not there is told as that", async ({ page, world }) => {
  const layout = await makeLayout(world, "layout", parts);
  const registry = await startRegistry(world, "registry");
  copyImage(`oci:${layout}:1`, `docker://${registry}/me/app:1`);
  await openEmpty(page, world);
  await page.getByRole("button", { name: "New" }).click();
  const path = page.getByRole("textbox", { name: "Or enter a path" });

  await path.fill(`${registry}/me/other:1`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText(`There is no ${registry}/me/other with this tag or digest`);
  await path.fill(`${registry}/me/app:1`);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Build arguments" }).getByRole("button", { name: "Build & run" }).click();

  await expect(terminal(page)).toContainText("argument 1: [from the image]");
});
