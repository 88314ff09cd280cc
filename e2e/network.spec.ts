/** Networks end to end: a dropped server whose port is suggested and clicked, the map, and instances that find each other. */

import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { z } from "zod";
import { framesOf } from "../electron/engine/instance/pcap.testing.ts";
import { drop } from "./support/drop.ts";
import { hostPort } from "./support/served.ts";
import { buildShop } from "./support/shop.ts";
import { openEmpty } from "./support/window.ts";
import { World, waitForOutput } from "./support/world.ts";

const Listed = z.array(
  z.object({ name: z.string(), addresses: z.array(z.object({ interface: z.string(), address: z.string() })) }),
);

async function addressesOf(world: World, name: string): Promise<string[]> {
  const instance = Listed.parse(await world.unideckJson(["ps"])).find((one) => one.name === name);
  return (instance?.addresses ?? []).map((one) => `${one.interface} ${one.address}`).sort();
}

test("a dropped web server has its port suggested; a click opens it, the map shows it", async ({ page, context }) => {
  test.setTimeout(120_000);
  await using world = await World.create();
  const shop = buildShop(world);
  await openEmpty(page, world);

  await drop(page, shop);
  const sheet = page.getByRole("dialog", { name: "Build shop" });
  const ports = sheet.getByRole("textbox", { name: "Ports" });
  await expect(ports).toHaveValue("8080");
  // Another test of this machine may have that one.
  await ports.fill("0:8080");
  await sheet.getByRole("textbox", { name: "Arguments" }).fill("the window");
  await page.getByRole("button", { name: "Build & run" }).click();
  await page.getByRole("tab", { name: "Network" }).click();
  const pane = page.getByRole("tabpanel", { name: "Network" });
  await expect(pane.getByRole("list", { name: "Ports of this machine" })).toContainText("ready", { timeout: 60_000 });
  await expect(pane.getByRole("list", { name: "Interfaces" })).toContainText(/en110\.0\.2\.15.* sent, .* received/);
  await pane.getByRole("checkbox", { name: /Capture packets/ }).click();
  await expect(pane.getByRole("list", { name: "Captured packets" })).toContainText("What this machine reaches");
  const [opened] = await Promise.all([context.waitForEvent("page"), pane.getByRole("link").click()]);
  await expect(opened.locator("body")).toHaveText("hello from the window");
  await opened.close();
  const frames = async () => {
    const { stdout } = await world.unideck(["capture", "save", "shop", "-"], { encoding: "latin1" });
    return framesOf(Buffer.from(stdout, "latin1")).map((frame) => frame.toString("latin1"));
  };
  // A real guest's: what it was asked, and what it answered.
  await expect.poll(frames).toContainEqual(expect.stringMatching(/GET \/ HTTP\/1\.1\r\nHost: localhost/));
  expect(await frames()).toContainEqual(expect.stringContaining("hello from the window"));
  await world.unideckJson(["capture", "off", "shop"]);
  await expect(pane.getByRole("checkbox", { name: /Capture packets/ })).not.toBeChecked();

  await page.getByRole("button", { name: "Networks" }).click();

  const map = page.getByRole("region", { name: "Map of networks" });
  await expect(map).toContainText("This machine");
  await expect(map).toContainText("shop");
  await expect(map).toContainText("→8080");
  await world.unideckJson(["network", "create", "lab"]);
  await expect(page.getByRole("option", { name: /lab/ })).toBeVisible();
  await expect(map).toContainText("lab");
});

test("two instances find each other by name, whichever was started first", async () => {
  test.setTimeout(120_000);
  await using world = await World.create();
  await world.serve();
  const shop = buildShop(world);
  await world.unideckJson(["network", "create", "shop", "--internal", "--subnet", "10.88.1.0/24"]);
  const run = (name: string, more: readonly string[] = []) => {
    const words = ["run", shop, "--name", name, "--arg", name, "--network", "shop", "--port", "0:8080", ...more];
    return waitForOutput(world.spawn(words), "serving", 60_000);
  };
  // One of them has addresses of its own, by a configuration of OPS: forwards and names lead there.
  const nics = [{ IPAddress: "10.88.1.77" }, { IPAddress: "192.168.5.10", Gateway: "192.168.5.254" }];
  await writeFile(world.path("config.json"), JSON.stringify({ RunConfig: { Nics: nics } }));

  await run("web", ["-c", world.path("config.json")]);
  await run("db");
  const ask = async (name: string, neighbour: string) => {
    const port = await hostPort(world, name, "tcp");
    return fetch(`http://127.0.0.1:${port}/neighbour/${neighbour}`).then((answer) => answer.text());
  };

  expect(await ask("web", "db")).toBe("hello from db\n");
  expect(await ask("db", "web.shop")).toBe("hello from web\n");
  await expect.poll(async () => addressesOf(world, "web")).toEqual(["en1 10.88.1.77", "en2 192.168.5.10"]);
  expect(await ask("db", "nobody")).toContain("no such host");
});
