import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gateway } from "../drivers.ts";
import type { Membership } from "../instances/supervisor-deps.ts";
import { EventHub } from "../lib/event-hub.ts";
import { parseAddress } from "../lib/ipv4-address.ts";
import { Networks } from "./networks.ts";
import { parseFrame } from "./packet/ethernet.ts";
import { dnsQuery, udpFrame } from "./packet/guest.testing.ts";
import { parseIpv4, parseUdp } from "./packet/ipv4.ts";
import { Peer } from "./peer.testing.ts";
import { networkFiles } from "./record.ts";
import { askSwitch } from "./switch-process.ts";

let folder: string;
const alive = new Set<string>();
const closing: (() => void | Promise<void>)[] = [];

async function openNetworks(): Promise<Networks> {
  const networks = new Networks({
    folder: join(folder, "networks"),
    program: join(import.meta.dirname, "../../switch.ts"),
    events: new EventHub(),
    gateway,
    hostSubnets: () => [{ base: parseAddress("10.77.1.0") ?? 0, bits: 24 }],
    isAlive: (id) => alive.has(id),
    warn: () => {},
  });
  await networks.open();
  await networks.adopt();
  return networks;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-net-"));
});

afterEach(async () => {
  alive.clear();
  for (const close of closing.splice(0).reverse()) await close();
  const last = await openNetworks();
  for (const { name } of last.list()) await last.remove(name, true);
  await last.close();
  await rm(folder, { recursive: true, force: true });
});

const filesOf = (name: string) => {
  const one = join(folder, "networks", name);
  return networkFiles(one, one);
};

async function takeSeat(networks: Networks, instance: string, name: string, network = "shop"): Promise<Membership> {
  const [seat] = await networks.seat({ instance, name, networks: [network], socketFolder: folder });
  if (!seat) throw new Error("no seat");
  return seat;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

describe("the networks of a home", () => {
  test("get subnets that neither this machine nor another network has", async () => {
    const networks = await openNetworks();

    const [first, second] = [
      await networks.create({ name: "one", wayOut: false }),
      await networks.create({ name: "two", wayOut: true }),
    ];

    expect([first.subnet, second.subnet]).toEqual(["10.77.2.0/24", "10.77.3.0/24"]);
    await expect(networks.create({ name: "one", wayOut: true })).rejects.toMatchObject({ code: "network.exists" });
    for (const subnet of ["10.77.3.128/25", "10.77.0.0/16", "10.1.1.1/24", "fe80::/64"])
      await expect(networks.create({ name: "no", subnet, wayOut: true })).rejects.toMatchObject({
        code: "network.invalid",
      });
    await networks.close();
  });

  test("know their members over engines: each keeps its address, a new name is known", async () => {
    const networks = await openNetworks();
    await networks.create({ name: "shop", wayOut: false });
    const web = await takeSeat(networks, "i1", "web");
    const db = await takeSeat(networks, "i2", "db");
    await networks.close();

    const next = await openNetworks();
    const again = await takeSeat(next, "i2", "database");
    await next.seat({ instance: "i1", name: "web", networks: [], socketFolder: folder });

    expect([web.address, db.address, again.address]).toEqual(["10.77.2.2", "10.77.2.3", "10.77.2.3"]);
    expect(again.mac).toBe(db.mac);
    expect(next.list()[0]?.members.map(({ name }) => name)).toEqual(["database"]);
    await expect(
      next.seat({ instance: "i3", name: "x", networks: ["nowhere"], socketFolder: folder }),
    ).rejects.toMatchObject({ code: "network.not-found" });
    await next.close();
  });

  test("lose the members that an engine deleted when it was killed", async () => {
    const networks = await openNetworks();
    await networks.create({ name: "shop", wayOut: false });
    await takeSeat(networks, "i1", "web");
    await takeSeat(networks, "i2", "db");
    await networks.close();

    const next = await openNetworks();
    await next.keepMembers(["i2"]);

    expect(next.list()[0]?.members.map(({ name }) => name)).toEqual(["db"]);
    await next.close();
  });

  test("give a member the address of its image, and refuse one that has no place in them", async () => {
    const networks = await openNetworks();
    await networks.create({ name: "shop", wayOut: true });
    const seat = (instance: string, address: string) => {
      const own = { address, netmask: "255.255.255.0", gateway: "10.77.2.1" };
      return networks.seat({ instance, name: instance, networks: ["shop"], addresses: [own], socketFolder: folder });
    };

    const [seated] = await seat("i1", "10.77.2.9");

    expect(seated?.address).toBe("10.77.2.9");
    expect((await seat("i1", "10.77.2.12"))[0]).toMatchObject({ address: "10.77.2.12", mac: seated?.mac });
    const wrong = ["10.0.2.15", "10.77.2.1", "10.77.2.0", "10.77.2.255", "10.77.2.254", "10.77.2.253", "10.77.2.12"];
    for (const address of wrong)
      await expect(seat("i2", address), address).rejects.toMatchObject({ code: "network.invalid" });
    expect(networks.list()[0]?.members.map(({ instance }) => instance)).toEqual(["i1"]);
    await networks.close();
  });

  test("take an instance in all together or not at all", async () => {
    const networks = await openNetworks();
    for (const name of ["back", "front"]) await networks.create({ name, wayOut: false });
    const elsewhere = { address: "10.0.2.15", netmask: "255.255.255.0", gateway: "10.0.2.2" };
    const wish = { instance: "i1", name: "web", networks: ["back", "front"], socketFolder: folder };

    const seating = networks.seat({ ...wish, addresses: [null, elsewhere] });

    await expect(seating).rejects.toMatchObject({ code: "network.invalid" });
    expect(networks.list().map(({ members }) => members)).toEqual([[], []]);
    await networks.close();
  });

  test("are not deleted under members that run, unless it is forced", async () => {
    const networks = await openNetworks();
    await networks.create({ name: "shop", wayOut: false });
    await takeSeat(networks, "i1", "web");
    alive.add("i1");

    await expect(networks.remove("shop", false)).rejects.toMatchObject({
      code: "network.in-use",
      message: expect.stringContaining("web"),
    });
    await networks.remove("shop", true);

    expect(networks.list()).toEqual([]);
    expect(existsSync(filesOf("shop").folder)).toBe(false);
    await networks.close();
  });
});

describe("a network's switch", () => {
  test("outlives the engine, is taken over, is started again when it dies, and ends with its network", async () => {
    const networks = await openNetworks();
    await networks.create({ name: "shop", wayOut: false });
    const seat = await takeSeat(networks, "i1", "web");
    alive.add("i1");
    await networks.ready(["shop"]);
    const first = (await askSwitch(filesOf("shop")))?.pid ?? 0;
    await networks.close();

    const next = await openNetworks();
    expect((await askSwitch(filesOf("shop")))?.pid).toBe(first);
    expect(next.list()[0]?.running).toBe(true);
    process.kill(first, "SIGKILL");
    const peer = await Peer.listen(seat.socket);
    closing.push(() => peer.close());
    await peer.connected();
    const second = (await askSwitch(filesOf("shop")))?.pid ?? 0;
    await next.remove("shop", true);

    expect(second).not.toBe(first);
    await until(async () => !existsSync(`/proc/${second}`));
    await next.close();
  });

  test.skipIf(process.platform !== "linux")(
    "that does not answer any more is replaced, and outlives no network",
    async () => {
      const networks = await openNetworks();
      await networks.create({ name: "shop", wayOut: false });
      await takeSeat(networks, "i1", "web");
      alive.add("i1");
      await networks.ready(["shop"]);
      const first = (await askSwitch(filesOf("shop")))?.pid ?? 0;
      process.kill(first, "SIGSTOP");

      await networks.ready(["shop"]);
      const second = (await askSwitch(filesOf("shop")))?.pid ?? 0;
      process.kill(second, "SIGSTOP");
      await networks.remove("shop", true);

      expect(second).not.toBe(first);
      await until(async () => ![first, second].some((pid) => existsSync(`/proc/${pid}`)));
      await networks.close();
    },
  );

  test("tells names and passes frames on, also to one that joins while it runs; what goes through is counted", async () => {
    const networks = await openNetworks();
    closing.push(() => networks.close());
    await networks.create({ name: "shop", wayOut: false });
    const web = await takeSeat(networks, "i1", "web");
    await networks.ready(["shop"]);
    const webPeer = await Peer.listen(web.socket);
    closing.push(() => webPeer.close());
    const [db] = await networks.seat({
      instance: "i2",
      name: "db",
      networks: ["shop"],
      socketFolder: join(folder, "db"),
    });
    const from = { mac: web.mac, address: parseAddress(web.address) ?? 0, port: 40_000 };
    const toServer = { mac: "02:55:0a:4d:02:01", address: parseAddress("8.8.8.8") ?? 0, port: 53 };

    // Asked until the switch has read that there is a db.
    let found: string | undefined;
    while (found === undefined) {
      await webPeer.send(udpFrame(from, toServer, dnsQuery("db")));
      const answer = await webPeer.next((frame) => frame.length > 60);
      const payload = payloadOf(answer);
      found = payload?.readUInt16BE(6) === 1 ? [...payload.subarray(-4)].join(".") : undefined;
    }

    expect(found).toBe(db?.address);
    const [report] = await networks.traffic();
    expect(report?.members[0]).toMatchObject({ instance: "i1", connected: true });
    expect(report?.members[0]?.sentFrames).toBeGreaterThan(0);
  });
});

const payloadOf = (bytes: Buffer) => {
  const frame = parseFrame(bytes);
  const packet = frame && parseIpv4(frame.payload);
  return packet && parseUdp(packet)?.payload;
};

/** A member with Linux's own stack, in a network namespace; as root of one's own where one is not root. */
class LinuxPeer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor({ socket, mac, address }: Membership, gateway: string, nameServer: string) {
    const program = join(import.meta.dirname, "linux-peer.testing.ts");
    const root = userInfo().uid === 0 ? [] : ["--map-root-user"];
    const words = [...root, "--net", process.execPath, program, socket, mac, `${address}/24`, gateway, nameServer];
    this.#child = spawn("unshare", words, { stdio: ["pipe", "pipe", "inherit"] });
    if (!this.#child.stdout) throw new Error("no output");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async do(task: string): Promise<unknown> {
    this.#child.stdin?.write(`${task}\n`);
    const line = await this.#lines.next();
    return line.done ? "it has ended" : JSON.parse(line.value);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }
}

test("Linux's own stack finds a member by name, talks to it over TCP, and gets out to this machine", async () => {
  const networks = await openNetworks();
  closing.push(() => networks.close());
  await networks.create({ name: "shop", wayOut: true });
  const seats = await Promise.all(
    ["web", "db"].map(async (name) => {
      const [seat] = await networks.seat({
        instance: name,
        name,
        networks: ["shop"],
        socketFolder: join(folder, name),
      });
      if (!seat) throw new Error("no seat");
      return { ...seat };
    }),
  );
  for (const name of ["web", "db"]) await mkdir(join(folder, name));
  await networks.ready(["shop"]);
  const [web, db] = seats.map((seat) => new LinuxPeer(seat, "10.77.2.254", "10.77.2.253"));
  for (const peer of [web, db]) closing.push(async () => peer?.close());
  const server = createServer((_, response) => response.end("hello from the host")).listen(0, "127.0.0.1");
  closing.push(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  expect(await db?.do("serve hello from db")).toBe("serves");

  expect(await web?.do("fetch http://db/")).toBe("10.77.2.3 hello from db");
  expect(await web?.do(`fetch http://10.77.2.254:${port}/`)).toBe("10.77.2.254 hello from the host");
}, 60_000);
