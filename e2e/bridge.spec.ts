/**
 * Bridged mode end to end, in network namespaces of the test's own: "this machine" with an uplink that has its address and its
 * default route, and the LAN behind that, where somebody gives addresses.
 */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "@playwright/test";
import { z } from "zod";
import { NetworkNamespace } from "../electron/engine/networks/bridge/namespace.testing.ts";
import { buildShop } from "./support/shop.ts";
import { root, World, waitForOutput } from "./support/world.ts";

/** Somebody in a namespace who fetches what is asked for. */
class Somebody {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(where: NetworkNamespace, ...address: string[]) {
    const [file = "", ...words] = [
      ...where.prefix,
      process.execPath,
      join(root, "e2e/support/lan-host.ts"),
      ...address,
    ];
    this.#child = spawn(file, words);
    this.#child.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async fetch(url: string): Promise<unknown> {
    this.#child.stdin.write(`${url}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value);
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }
}

/** What an instance's machine has open of TAPs. */
function tapsOf(world: World, instance: string): string[] {
  const folder = `/proc/${readFileSync(world.path(".unideck/instances", instance, "qemu.pid"), "utf8").trim()}/fd`;
  return readdirSync(folder)
    .map((fd) => readlinkSync(join(folder, fd)))
    .filter((path) => path === "/dev/net/tun");
}

/** Resolves when everything in the network is as it was: IPv6 takes a second to be sure of an address. */
async function sameAgain(machine: NetworkNamespace, before: unknown): Promise<void> {
  await expect.poll(() => machine.trace(), { timeout: 20_000 }).toEqual(before);
}

test("two instances on a bridge reach each other, this machine and the LAN; nothing stays behind", async () => {
  // Go builds its whole library the first time.
  test.setTimeout(240_000);
  const machine = await NetworkNamespace.create();
  const lan = await NetworkNamespace.create(machine);
  await machine.ip("link add eth7 type veth peer name lan7");
  await machine.ip(`link set lan7 netns ${lan.pid}`);
  await lan.ip("address add 10.66.0.1/24 dev lan7");
  await lan.ip("link set lan7 up");
  // As NetworkManager does it: an address without its route, and that route by hand.
  await machine.ip("address add 10.66.0.5/24 dev eth7 noprefixroute");
  await machine.ip("address add 2001:db8::5/64 dev eth7 nodad");
  await machine.ip("link set eth7 up");
  await machine.ip("route add 10.66.0.0/24 dev eth7 proto kernel scope link src 10.66.0.5 metric 100");
  await machine.ip("route add default via 10.66.0.1 proto dhcp metric 100");
  await using world = await World.create(machine.prefix);
  const [here, there] = [new Somebody(machine), new Somebody(lan, "10.66.0.1")];
  const network = (...words: string[]) => world.unideckJson(["network", ...words]);
  const apply = ["apply", "br0", "--uplink", "eth7", "--consent", "eth7"];

  // The link to the LAN is up, and IPv6 has made sure of its address.
  await expect.poll(() => here.fetch("http://10.66.0.1:8080/")).toBe("hello from the LAN\n");
  await expect.poll(async () => (await machine.run("ip", "-6", "address")).stdout).not.toContain("tentative");
  const before = await machine.trace();

  // The default route goes through it: it takes a consent of its own.
  expect(await network("plan", "br0", "--uplink", "eth7")).toMatchObject({ consent: { interface: "eth7" } });
  const refused = await world.unideck(["network", "apply", "br0", "--uplink", "eth7", "--json"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("network.consent")]);

  // Nobody confirms, and the engine was the command that has ended: the watchdog undoes it.
  expect(await network(...apply, "--seconds", "2")).toMatchObject({ state: "waiting" });
  expect(await here.fetch("http://10.66.0.1:8080/")).toBe("hello from the LAN\n");
  await sameAgain(machine, before);

  await world.serve();
  await network(...apply);
  expect(await network("confirm", "br0")).toMatchObject({ state: "ready", uplink: "eth7" });
  const shop = buildShop(world);
  const config = world.path("config.json");
  const address = { IPAddress: "10.66.0.50", NetMask: "255.255.255.0", Gateway: "10.66.0.1" };
  await writeFile(config, JSON.stringify({ RunConfig: { Bridged: true, ...address } }));
  const run = (name: string, ...words: string[]) =>
    waitForOutput(world.spawn(["run", shop, "--name", name, "--arg", name, ...words]), "serving", 60_000);
  await Promise.all([run("web", "--network", "bridge:br0"), run("db", "-c", config)]);

  const hello = "hello from db\n";
  await expect.poll(() => here.fetch("http://10.66.0.100:8080/neighbour/10.66.0.50")).toBe(hello);
  expect(await here.fetch("http://10.66.0.100:8080/neighbour/10.66.0.1")).toBe("hello from the LAN\n");
  expect(await there.fetch("http://10.66.0.50:8080/neighbour/10.66.0.100")).toBe("hello from web\n");

  const inUse = await world.unideck(["network", "undo", "br0", "--json"]);
  expect([inUse.code, inUse.stderr]).toEqual([1, expect.stringMatching(/network.in-use.*(web|db)/)]);
  const machines = z.array(z.object({ id: z.string() })).parse(await world.unideckJson(["ps"]));
  await network("undo", "br0", "--force");
  await sameAgain(machine, before);
  // A machine that held on to what is gone would ask it for packets without end.
  await expect.poll(() => machines.flatMap(({ id }) => tapsOf(world, id))).toEqual([]);
  await world.unideck(["rm", "--force", "web", "db"]);
  for (const one of [here, there, lan, machine]) await one.close();
});
