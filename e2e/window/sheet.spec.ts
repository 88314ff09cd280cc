/** The build sheet on programs that lack something, its JSON, and a configuration of OPS. */

import { execFileSync } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { openEmpty, state, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";
import { root, type World } from "../support/world.ts";

/** A program of this world that needs libgone.so, which is gone. */
async function programWithoutItsLibrary(world: World): Promise<string> {
  await writeFile(world.path("gone.c"), "int gone(void) { return 3; }\n");
  await writeFile(world.path("needs.c"), "int gone(void);\nint main(void) { return gone(); }\n");
  const gcc = (...args: string[]) => execFileSync("gcc", args, { cwd: world.folder });
  gcc("-shared", "-fPIC", "-Wl,-soname,libgone.so", "-o", "libgone.so", "gone.c");
  gcc("-o", "needs", "needs.c", "-L.", "-lgone");
  await rm(world.path("libgone.so"));
  return world.path("needs");
}

test("a library that is missing is named, with every place where it was looked for", async ({ page, world }) => {
  const needs = await programWithoutItsLibrary(world);
  await openEmpty(page, world);

  await drop(page, needs);

  const libraries = page.getByRole("region", { name: "Libraries" });
  await expect(libraries).toContainText("libgone.so is missing");
  await libraries.getByText(/Searched in \d+ places/).click();
  await expect(libraries.getByText(/^\/.*libgone\.so$/).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Program" })).toContainText("not ready");
});

test("what is changed in the JSON is what runs", async ({ page, world }) => {
  await openEmpty(page, world);
  await drop(page, program("arguments.c"));
  await page.getByRole("button", { name: "JSON" }).click();
  const json = page.getByRole("textbox", { name: /OPS configuration/ });
  const config = JSON.parse(await json.inputValue());

  await json.fill(JSON.stringify({ ...config, Args: ["from", "the JSON"] }));
  await page.keyboard.press("Control+Enter");

  await expect(terminal(page)).toContainText("the JSON");
  await expect(state(page)).toContainText("exited");
});

test("a folder with a configuration of OPS fills the sheet, and the image is what that says", async ({
  page,
  world,
}) => {
  await mkdir(world.path("conf/site"), { recursive: true });
  await copyFile(join(root, "resources/samples/build/hello"), world.path("conf/app"));
  await writeFile(world.path("conf/site/index.html"), "hi");
  const config = { Program: "app", MapDirs: { "site/*": "/www" }, NameServers: ["9.9.9.9"], Args: ["-v"] };
  await writeFile(world.path("conf/config.json"), JSON.stringify(config));
  await openEmpty(page, world);

  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Or enter a path" }).fill(world.path("conf"));
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "Build app" });
  await expect(sheet.getByRole("textbox", { name: "Arguments" })).toHaveValue("-v");
  await expect(sheet).toContainText("It also sets name servers.");
  await sheet.getByRole("button", { name: "Build", exact: true }).click();
  await expect(sheet).toBeHidden();

  const { stdout } = await world.unideck(["images", "cat", "app", "/etc/resolv.conf", "/www/index.html"]);
  expect(stdout).toMatch(/^nameserver +9\.9\.9\.9\nhi$/);
});
