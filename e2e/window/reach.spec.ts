/** A server that is dropped: reached from this computer in one click, run again, replaced, and never left behind as a ghost. */

import { once } from "node:events";
import { createServer } from "node:net";
import { expect, type Page } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { instance, openEmpty, readyToType, state } from "../support/window.ts";
import { test } from "../support/window-test.ts";
import type { World } from "../support/world.ts";

const offer = (page: Page) => page.getByRole("region", { name: "Ports that are not published" });

/** Drops the server and runs it without a port forward. */
async function serve(page: Page, world: World): Promise<void> {
  await openEmpty(page, world);
  await drop(page, program("server.c"));
  await page.getByRole("textbox", { name: "Ports" }).fill("");
  await page.getByRole("button", { name: "Build & run" }).click();
  await expect(state(page)).toContainText("running");
}

test("a server on a port that nobody forwarded is one click away, and stays reachable when it is run again", async ({
  page,
  world,
}) => {
  await serve(page, world);
  // The pointer is where “Build & run” was.
  await expect(page.getByRole("button", { name: "Clear" }).and(page.locator(":hover"))).toHaveCount(0);

  await expect(offer(page)).toContainText("Listening on 8080");
  const forward = offer(page).getByRole("button", { name: /^Forward to localhost:\d+/ });
  const port = Number(/\d+$/.exec((await forward.textContent()) ?? "")?.[0]);
  await forward.click();
  await expect(offer(page)).toHaveCount(0);
  await expect.poll(() => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.status)).toBe(200);

  // Its port is in use: the field says by whom, and the next one is free.
  await page.getByRole("button", { name: "Images" }).click();
  await page.getByRole("option", { name: /server/ }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const ports = page.getByRole("textbox", { name: "Ports" });
  await ports.fill(`${port}:8080`);
  await expect(page.getByRole("button", { name: "Stop server" })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("dialog", { name: "Run server" })).toBeVisible();
  await page.getByRole("button", { name: /^Use \d+/ }).click();
  await expect(ports).toHaveAttribute("aria-invalid", "false");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("region", { name: "Instance server-2" })).toBeVisible();
  await expect(state(page)).toContainText("running");
});

test("a port that another program has stops nothing half-way: no image, no instance", async ({ page, world }) => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await openEmpty(page, world);
  await drop(page, program("server.c"));

  await page.getByRole("textbox", { name: "Ports" }).fill(`${port}:8080`);
  await expect(page.getByText(`Port ${port} of the host is in use`)).toBeVisible();
  await page.keyboard.press("Control+Enter");

  await expect(page.getByRole("button", { name: /^Use \d+/ })).toBeVisible();
  expect(await world.unideckJson(["ps", "--all"])).toEqual([]);
  expect(await world.unideckJson(["images"])).toEqual([]);
  holder.close();
});

test("a program that is dropped again replaces its running instance, under the same name", async ({ page, world }) => {
  await serve(page, world);
  await readyToType(page);

  // Navigation works from within the terminal, the palette with Shift.
  await page.keyboard.press("Control+2");
  await expect(page.getByRole("option", { name: /server/ })).toBeVisible();
  await page.keyboard.press("Control+1");
  await page.getByRole("tab", { name: "Console" }).click();
  await page.getByRole("region", { name: "Console of server" }).click();
  await page.keyboard.press("Control+Shift+K");
  await expect(page.getByRole("dialog", { name: "Search or run a command" })).toBeVisible();
  await page.keyboard.press("Escape");

  await drop(page, program("server.c"));
  await expect(page.getByRole("radio", { name: /^Replace running instance/ })).toBeChecked();
  await page.getByRole("button", { name: "Replace & run" }).click();

  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(state(page)).toContainText("running");
  await expect(instance(page, /server/)).toHaveCount(1);
  expect(await world.unideckJson(["ps", "--all"])).toMatchObject([{ name: "server", image: "server" }]);
});

test("what is dropped on an open sheet is added; the sheet is kept when it is closed", async ({ page, world }) => {
  await openEmpty(page, world);
  await drop(page, program("server.c"));
  await page.getByRole("textbox", { name: "Arguments" }).fill("9090");

  await drop(page, program("hello.c"));
  await page.getByRole("button", { name: "Add to the image" }).click();
  await expect(page.getByRole("textbox", { name: /^Place of .*hello in the image/ })).toHaveValue("/hello");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "New", exact: true }).click();

  await expect(page.getByRole("textbox", { name: "Arguments" })).toHaveValue("9090");
  await expect(page.getByText("This is your earlier draft")).toBeVisible();
});
