/** The web host under clients that mean no good, or are only slow: bodies without end, sockets without number, readers that do not read. */

import { once } from "node:events";
import { mkdir, open, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { CONTRACT_VERSION } from "../shared/contract/version.ts";
import { heldMemory } from "./engine/lib/testing-memory.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { makeTestWorld, type TestWorld } from "./hosts/test-world.ts";
import { askForLink } from "./hosts/web/link-socket.ts";
import { serveWeb, type WebHost } from "./web.ts";

const MEBIBYTE = 1 << 20;
const ID = "0123456789";
const CONSOLE_BYTES = 96 * MEBIBYTE;

let world: TestWorld;
let connection: Connection;
let web: WebHost;

beforeAll(async () => {
  world = await makeTestWorld();
  await makeTalkativeInstance();
  connection = await connectToEngine(world);
  web = await serveWeb(connection, { home: world.homes.unideck, resources: world.resources, port: 0 });
});
afterAll(async () => {
  await web?.close();
  await connection?.close();
  await world?.remove();
});

/** An instance that has ended, with a console of many bytes (a hole: zeros). */
async function makeTalkativeInstance(): Promise<void> {
  const folder = join(world.homes.instances, ID);
  await mkdir(folder, { recursive: true });
  const record = {
    ...{ version: 2, id: ID, name: "talks", image: "talks", state: "exited", options: {}, hypervisor: "qemu" },
    ...{ kernel: { kind: "pith" }, memoryBytes: 32 * MEBIBYTE, cpus: 1, ports: [], echo: false, runs: 1 },
    ...{ times: { created: 1, starting: 1, ended: 2 }, milestones: [], exit: { code: 0, reason: "exited" } },
    ...{ commandLine: [], spec: {}, socketFolder: folder },
  };
  await writeFile(join(folder, "instance.json"), JSON.stringify(record));
  await writeFile(
    join(folder, "console.index"),
    [
      { at: 0, source: "serial", from: 0, run: { number: 1, startedAt: 1, eventsFrom: 0, logOffset: 0 } },
      { at: 0, source: "virtio", from: 0 },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  );
  await using log = await open(join(folder, "console.log"), "w");
  await log.truncate(CONSOLE_BYTES);
}

const bearer = () => ({ authorization: `Bearer ${web.token}` });

/** Whether the host still answers a client that means well. */
async function answers(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${web.port}/api/instances`, { headers: bearer() });
  await response.text();
  return response.status;
}

async function dial(): Promise<Socket> {
  const socket = connect(web.port, "127.0.0.1");
  // A connection that is cut is what these tests are about.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("a body of a gigabyte is not taken in", { timeout: 60_000 }, async () => {
  const piece = Buffer.alloc(MEBIBYTE, 0x20);
  const headers = { ...bearer(), "content-type": "application/json", "content-length": 1024 * MEBIBYTE };
  const asking = request({ host: "127.0.0.1", port: web.port, path: "/api/images", method: "POST", headers });
  const refused = Promise.race([once(asking, "response"), once(asking, "error")]);
  let isRefused = false;
  void refused.then(() => {
    isRefused = true;
  });

  let sent = 0;
  while (!isRefused && sent < 1024) {
    sent++;
    if (!asking.write(piece)) await Promise.race([once(asking, "drain"), refused]);
  }
  asking.destroy();

  // What the system's socket buffers take on the way is not ours.
  expect(sent).toBeLessThan(64);
  expect(await answers()).toBe(200);
});

test("ten thousand sockets that say nothing leave a host that answers", { timeout: 60_000 }, async () => {
  const sockets: Socket[] = [];
  for (let round = 0; round < 20; round++)
    sockets.push(
      ...(await Promise.all(Array.from({ length: 500 }, () => dial().catch(() => undefined)))).filter(
        (socket) => socket !== undefined,
      ),
    );

  const open = () => new Promise<number>((resolve) => web.server.getConnections((_, count) => resolve(count)));

  expect(sockets.length).toBeGreaterThan(9000);
  await expect.poll(open).toBeLessThanOrEqual(128);
  expect(await answers()).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test("six hundred connections that say nothing shut nobody out, and cut nobody off who has shown a key", async () => {
  const page = new WebSocket(`ws://127.0.0.1:${web.port}/rpc?contract=${CONTRACT_VERSION}`, { headers: bearer() });
  await once(page, "open");
  const stream = await fetch(`http://127.0.0.1:${web.port}/api/events`, { headers: bearer() });
  let isCut = false;
  page.once("close", () => {
    isCut = true;
  });

  const sockets: Socket[] = [];
  for (let i = 0; i < 600; i++) sockets.push(await dial());
  const isOpen = (socket: Socket) => !socket.destroyed && !socket.readableEnded;
  // They are read, so that their end is seen.
  for (const socket of sockets) socket.resume();
  await expect.poll(() => sockets.filter(isOpen).length).toBeLessThanOrEqual(128);

  // While those that are left are open: a program, a new page, the command line.
  expect(await answers()).toBe(200);
  expect((await fetch(web.url)).status).not.toBe(503);
  expect(await askForLink(world.homes.unideck, "url")).toContain("#code=");
  expect(sockets.filter(isOpen).length).toBeGreaterThan(100);
  expect(sockets.slice(0, 400).some(isOpen)).toBe(false);
  page.ping();
  await once(page, "pong");
  expect(isCut).toBe(false);
  const [first] = await Promise.all([stream.body?.getReader().read()]);
  expect(first?.done).toBe(false);
  for (const socket of sockets) socket.destroy();
  page.terminate();
});

test("a client that sends its request a letter a second is cut off", { timeout: 60_000 }, async () => {
  const impatient = await serveWeb(connection, {
    home: world.homes.unideck,
    resources: world.resources,
    port: 0,
    patience: { headersMs: 300, requestMs: 600 },
  });
  const socket = connect(impatient.port, "127.0.0.1");
  socket.on("error", () => undefined);
  let isOver = false;
  socket.resume().once("close", () => {
    isOver = true;
  });

  const startedAt = performance.now();
  for (const letter of "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ") {
    if (isOver) break;
    socket.write(letter);
    await sleep(200);
  }

  expect(isOver).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(8000);
  await impatient.close();
});

test.each(["/api/instances/talks/console?follow=false", "/api/instances/talks/console"])(
  "a reader of %s that does not read is waited for, not stored for",
  { timeout: 60_000 },
  async (path) => {
    const socket = await dial();
    const before = heldMemory();

    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${web.port}\r\nAuthorization: Bearer ${web.token}\r\n\r\n`);
    // As long as it takes a reader that reads to get all of it.
    const whole = await fetch(`http://127.0.0.1:${web.port}/api/instances/talks/console?follow=false`, {
      headers: bearer(),
    });
    let read = 0;
    for await (const piece of whole.body ?? []) read += piece.length;

    expect(read).toBeGreaterThan(CONSOLE_BYTES);
    expect(heldMemory() - before).toBeLessThan(64 * MEBIBYTE);
    socket.destroy();
    expect(await answers()).toBe(200);
  },
);
