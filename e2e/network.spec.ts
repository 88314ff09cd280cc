/** Networks end to end: a dropped server whose port is suggested and clicked, the map, and instances that find each other. */

import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { z } from "zod";
import { framesOf } from "../electron/engine/formats/pcap/pcap.testing.ts";
import { drop } from "./support/drop.ts";
import { onPith } from "./support/guest.ts";
import { program } from "./support/programs.ts";
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
  // Another test of the host may have that one.
  await ports.fill("0:8080");
  await sheet.getByRole("textbox", { name: "Arguments" }).fill("the window");
  await page.getByRole("button", { name: "Build & run" }).click();
  await page.getByRole("tab", { name: "Network" }).click();
  const pane = page.getByRole("tabpanel", { name: "Network" });
  await expect(pane.getByRole("list", { name: "Published ports" })).toContainText("ready", { timeout: 60_000 });
  await expect(pane.getByRole("list", { name: "Interfaces" })).toContainText(/en110\.0\.2\.15.* sent, .* received/);
  await pane.getByRole("checkbox", { name: /Capture packets/ }).click();
  await expect(pane.getByRole("list", { name: "Captured packets" })).toContainText("Through the host");
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
  await expect(map).toContainText("This computer");
  await expect(map).toContainText("shop");
  await expect(map).toContainText("→8080");
  await world.unideckJson(["network", "create", "lab"]);
  await expect(page.getByRole("option", { name: /lab/ })).toBeVisible();
  await expect(map).toContainText("lab");
  // By the keyboard too.
  await map.getByRole("button", { name: /^Instance shop/ }).press("Enter");
  await expect(pane).toBeVisible();
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

  await run("web", ["-c", world.path("config.json"), "--capture"]);
  await run("db");
  const ask = async (name: string, neighbour: string) => {
    const port = await hostPort(world, name, "tcp");
    return fetch(`http://127.0.0.1:${port}/neighbour/${neighbour}`).then((answer) => answer.text());
  };

  expect(await ask("web", "db")).toBe("hello from db\n");
  expect(await ask("db", "web.shop")).toBe("hello from web\n");
  await expect.poll(async () => addressesOf(world, "web")).toEqual(["en1 10.88.1.77", "en2 192.168.5.10"]);
  // Each network is captured for itself, from the first packet on: here who it asked for.
  const { stdout } = await world.unideck(["capture", "save", "web", "-", "--card", "private-shop"], {
    encoding: "latin1",
  });
  const frames = framesOf(Buffer.from(stdout, "latin1")).map((frame) => frame.toString("latin1"));
  expect(frames).toContainEqual(expect.stringContaining("\x02db\0\0\x01"));
  expect(await ask("db", "nobody")).toContain("no such host");
  const web = `http://127.0.0.1:${await hostPort(world, "web", "tcp")}`;
  expect(await fetch(`${web}/interfaces`).then((answer) => answer.text())).toBe(
    "lo 16384 [127.0.0.1/8] <nil>\nen1 1500 [10.88.1.77/24] <nil>\nen2 1500 [192.168.5.10/24] <nil>\n",
  );
  // The C libraries look names up, where DHCP says.
  const [db = ""] = await addressesOf(world, "db");
  const names = ["db", "db.shop", "web", "localhost", "nobody"];
  const lookUp = async (linkage: "gcc-dynamic" | "musl-static") =>
    onPith(world, program("lookup.c", linkage), { run: ["--network", "shop"], arguments: names });
  const answers = (nobody: string) =>
    [
      ...["resolv.conf: search shop", "resolv.conf: nameserver 10.88.1.1"],
      ...[`db: ${db.replace("en1 ", "")}`, `db.shop: ${db.replace("en1 ", "")}`, "web: 10.88.1.77"],
      ...["localhost: 127.0.0.1", `nobody: ${nobody}`, ""],
    ].join("\n");
  const [glibc, musl] = await Promise.all([lookUp("gcc-dynamic"), lookUp("musl-static")]);
  expect(glibc.said).toBe(answers("Name or service not known"));
  expect(musl.said).toBe(answers("Name does not resolve"));
});

test("the interfaces have the addresses of the manifest, and a file of name servers that somebody chose stays", async () => {
  await using world = await World.create();
  await world.serve();
  const tuples = {
    en1: { ipaddr: "10.88.2.9", netmask: "255.255.255.0", gateway: "10.88.2.1", mtu: "1400" },
    en2: { ipaddr: "10.0.2.15", netmask: "255.255.255.128" },
  };
  await writeFile(world.path("config.json"), JSON.stringify({ ManifestPassthrough: tuples }));
  await writeFile(world.path("resolv.conf"), "nameserver 9.9.9.9\n");
  await world.unideckJson(["network", "create", "second", "--subnet", "10.88.2.0/24"]);
  const cards = ["--network", "user", "--network", "second", "-c", world.path("config.json")];
  const chosen = ["--network", "user", "--file", `${world.path("resolv.conf")}:/etc/resolv.conf`];

  const [two, names, dhcp] = await Promise.all([
    onPith(world, program("interfaces.c"), { run: cards }),
    onPith(world, program("lookup.c", "musl-static"), { run: chosen }),
    onPith(world, program("lookup.c", "musl-static"), { run: ["--network", "user"] }),
  ]);

  expect(two.said).toBe(`lo: index 1, kind 772, of 6 bytes, flags 49
en1: index 2, kind 1, of 6 bytes, flags 1043
en2: index 3, kind 1, of 6 bytes, flags 1043
lo: 127.0.0.1, mask 255.0.0.0, MTU 16384
en1: 10.88.2.9, mask 255.255.255.0, broadcast 10.88.2.255, MTU 1400
en2: 10.0.2.15, mask 255.255.255.128, broadcast 10.0.2.127, MTU 1500
/proc/net/dev: lo:
/proc/net/dev: en1:
/proc/net/dev: en2:
/proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask
/proc/net/route: en1 00000000 0102580A 0003 0 0 0 00000000
/proc/net/route: en1 0002580A 00000000 0001 0 0 0 00FFFFFF
/proc/net/route: en2 00000000 0102000A 0003 0 0 0 00000000
/proc/net/route: en2 0002000A 00000000 0001 0 0 0 80FFFFFF
/proc/net/tcp6: sl local_address
a listener: 1, datagrams: 1, a connection: 1
`);
  expect(names.said).toBe("resolv.conf: nameserver 9.9.9.9\n");
  expect(dhcp.said).toBe("resolv.conf: nameserver 10.0.2.3\n");
});
