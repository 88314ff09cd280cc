/** Pith as a guest of a real Xen, PVH if nothing else is said: its console, disk, network card, and the ways in which it ends. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { buildFile } from "./support/bare-boot.ts";
import { onLinux } from "./support/guest.ts";
import { program } from "./support/programs.ts";
import { root, World } from "./support/world.ts";
import { obstacleToXenHost, Reason, type XenEnd, XenHost } from "./support/xen-host.ts";

const obstacle = obstacleToXenHost();
test.skip(obstacle !== undefined, obstacle ?? "");
test.describe.configure({ timeout: 300_000 });

let host: XenHost;
let world: World;

test.beforeAll(async () => {
  world = await World.create();
  host = await XenHost.start();
});

test.afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** What a guest's program has said: the console without the kernel's first line. */
const saidOf = (console: string) => console.replace(/^pith: .* MiB\n/, "");

const asking = (path: string) => `printf 'GET ${path} HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n'`;
/** What the server sends for that many bytes. */
const bytes = (count: number) => Uint8Array.from({ length: count }, (_, n) => n * 7);
const BYTES = 2_000_000;

const sample = join(root, "resources", "samples", "build", "hello");

test("the sample is started from its disk, says what it has to and powers off", async () => {
  await host.create({ name: "hello", image: await buildFile(world, sample) });

  const { reason, console, events } = await host.end("hello");

  expect(console).toMatch(/^pith: \S+, 6\d MiB\nhello from a unikernel/);
  expect(reason).toBe(Reason.powerOff);
  expect(events.map(({ event }) => event)).toEqual(["kernel", "disk", "exec", "first-write", "exit"]);
  expect(events.at(-1)).toMatchObject({ code: 0, signal: null });
});

test("a program that changes files says what it says on Linux, and its exit is in the crash log", async () => {
  const path = program("disk.c");
  await host.create({ name: "disk", image: await buildFile(world, path, ["--arg", "/work", "--size", "96M"]) });

  const { reason, console } = await host.end("disk");
  const log = await host.dom0('grep -aom1 \'"event":"exit".*\' /share/disk.img');

  expect(saidOf(console)).toBe(onLinux(path, { arguments: [world.path("work")] }).said);
  expect(log).toContain('"code":0,"signal":null');
  expect(reason).toBe(Reason.powerOff);
});

test("a server is reached by DHCP's address; a wish for suspension is left, one for the end is obeyed", async () => {
  const image = await buildFile(world, program("server.c"), ["--arg", "8080"]);
  await host.create({ name: "server", image, network: true });
  await host.waitFor("server", "serving");
  const address = await host.addressOf("server");

  const answer = await host.dom0(`${asking("/")} | timeout 10 nc ${address} 8080`);
  const sum = await host.dom0(
    `${asking(`/bytes/${BYTES}`)} | timeout 30 nc ${address} 8080 | tail -c ${BYTES} | md5sum`,
  );
  await host.wish("server", "suspend");
  const remarked = await host.waitFor("server", 'asks for "suspend"');
  await host.dom0("xl shutdown server");
  const { reason, events } = await host.end("server");

  expect(answer).toContain("served by pith");
  expect(sum).toContain(createHash("md5").update(bytes(BYTES)).digest("hex"));
  expect(remarked).toContain('pith: the host asks for "suspend", which Pith does not do\n');
  expect(reason).toBe(Reason.powerOff);
  expect(events).toContainEqual(expect.objectContaining({ event: "address", address }));
  expect(events).toContainEqual(expect.objectContaining({ event: "listen", port: 8080 }));
});

test("a request to reboot ends the program like one to shut down, and the host is told to restart", async () => {
  await host.create({ name: "again", image: await buildFile(world, program("server.c"), ["--arg", "8080"]) });
  await host.waitFor("again", "serving");

  await host.dom0("xl reboot again");
  const { reason } = await host.end("again");

  expect(reason).toBe(Reason.reboot);
});

test("what is typed on the host's console is read, line by line", async () => {
  await host.create({ name: "typed", image: await buildFile(world, program("cat.c")) });

  await host.waitFor("typed", "pith: ");

  await host.type("typed", "one\ntwo\n\u0004");
  const { console } = await host.end("typed");

  expect(console).toContain("\n1: one\n");
  expect(console).toContain("\n2: two\nend after 2 lines\n");
});

test("a crash of the kernel is reported on the console, and the host is told of a crash", async () => {
  await host.create({ name: "crash", image: await buildFile(world, program("endless.c")) });
  await host.waitFor("crash", "pith: ");

  await host.dom0("xl trigger crash nmi");
  const { reason, console } = await host.end("crash");

  expect(console).toContain("--- crash ---\nkernel: ");
  expect(console).toContain("\ncause: non-maskable interrupt\n");
  expect(console.trimEnd()).toMatch(/--- end ---$/);
  expect(reason).toBe(Reason.crash);
});

test("a PC on Xen boots from its disk, and goes on with Xen's own disk and network card", async () => {
  const image = await buildFile(world, program("interfaces.c"));
  await host.create({ name: "pc", image, type: "hvm", memoryMiB: 128, network: true });

  const { reason, console } = await host.end("pc");

  expect(console).toMatch(/^pith: \S+, 12\d MiB\n/);
  expect(saidOf(console)).toContain("en1: 10.0.2.");
  expect(reason).toBe(Reason.powerOff);
});

test("eight guests at once each say what they have to", async () => {
  const image = await buildFile(world, program("hello.c"));
  const names = Array.from({ length: 8 }, (_, n) => `many${n}`);

  for (const name of names) await host.create({ name, image, memoryMiB: 24 });
  const ends: XenEnd[] = [];
  for (const name of names) ends.push(await host.end(name));

  expect(ends.map(({ console }) => saidOf(console))).toEqual(names.map(() => "hello, world\n"));
  expect(ends.map(({ reason }) => reason)).toEqual(names.map(() => Reason.powerOff));
});
