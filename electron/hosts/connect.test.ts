/** One engine a home, with real processes that are really killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { EngineEvent } from "../../shared/contract/events.ts";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";
import { tiny } from "../engine/images/testing.ts";
import { takeLock } from "../engine/lib/folder-lock.ts";
import { type Connection, connectToEngine } from "./connect.ts";
import { type EngineAddress, readAddress, writeAddress } from "./engine-address.ts";
import { attachTo } from "./engine-client.ts";
import { silentEngine } from "./silent-engine.ts";
import { CONTRACT_HEADER } from "./socket-peer.ts";
import { makeTestWorld, type TestWorld } from "./test-world.ts";

let world: TestWorld;
const children: ChildProcess[] = [];
const connections: Connection[] = [];

beforeEach(async () => {
  world = await makeTestWorld();
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  for (const connection of connections.splice(0)) await connection.close();
  await world.remove();
});

async function connect(options = {}): Promise<Connection> {
  const connection = await connectToEngine({ ...world, ...options });
  connections.push(connection);
  return connection;
}

/** The engine in a process of its own: the command line's `serve`. */
async function engineProcess(): Promise<ChildProcess> {
  const cli = join(import.meta.dirname, "../cli.ts");
  const child = spawn(process.execPath, [cli, "serve", "--json", "--port", "0"], {
    env: world.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

async function addressOf(home: string): Promise<EngineAddress> {
  const address = await readAddress(home);
  if (!address) throw new Error(`no engine has left an address in ${home}`);
  return address;
}

const theme = async ({ client }: Connection) => (await client.settings.get()).appearance.theme;

describe("the first host", () => {
  test("is the engine, at an address that only its user can use", async () => {
    const { unideck } = world.homes;

    const first = await connect();

    expect(first.role()).toBe("engine");
    const address = await addressOf(unideck);
    expect(address.pid).toBe(process.pid);
    expect((await stat(address.socket)).mode & 0o777).toBe(0o600);
  });

  test("leaves nothing behind that says it is still there", async () => {
    const first = await connect();
    await first.close();

    await expect(stat(join(world.homes.unideck, "engine.json"))).rejects.toThrow("ENOENT");
    expect((await connect()).role()).toBe("engine");
    await expect(first.client.settings.get()).rejects.toMatchObject({ code: "engine.gone" });
  });
});

test("the engine of a command looks after images of others only when another host comes", async () => {
  const command = await connect({ isCommand: true });
  const built = await command.client.images.build({ program: tiny, kernel: join(tiny, "../release") });
  for await (const _ of await command.client.tasks.follow({ id: built.id }));
  const image = join(world.homes.images, "tiny");
  await command.close();
  await chmod(image, 0o644);
  const mode = async () => (await stat(image)).mode & 0o777;

  const next = await connect({ isCommand: true });
  await next.client.images.list();
  expect(await mode()).toBe(0o644);

  expect((await connect()).role()).toBe("client");
  await vi.waitUntil(async () => (await mode()) === 0o600, { timeout: 20_000 });
});

describe("a peer that is no host", () => {
  test.each(["/", "//", "*"])("and asks for %s neither ends the engine nor keeps it from ending", async (address) => {
    const first = await connect();
    const { socket } = await addressOf(world.homes.unideck);
    // It reads the answer, and never ends its own half.
    const peer = dial({ path: socket, allowHalfOpen: true });
    peer.write(`GET ${address} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [answer] = await once(peer, "data");

    await first.close();

    expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /);
    peer.destroy();
  });
});

describe("the second host", () => {
  test("is a client, and both see what the other does", async () => {
    const first = await connect();
    const second = await connect();
    const events: EngineEvent[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of await second.client.events.subscribe(undefined, { signal: stop.signal }))
        events.push(event);
    })().catch(() => undefined);
    await vi.waitFor(() => expect(events).toHaveLength(1));

    await first.client.settings.change({ appearance: { theme: "dark" } });
    await vi.waitFor(() => expect(events).toHaveLength(2));
    await second.client.settings.change({ appearance: { theme: "light" } });

    expect(second.role()).toBe("client");
    expect(events[0]).toMatchObject({ type: "snapshot" });
    expect(events[1]).toMatchObject({ type: "changes", settings: { appearance: { theme: "dark" } } });
    expect(await theme(first)).toBe("light");
    stop.abort();
    await watching;
  });

  test("gets problems as they are", async () => {
    await connect();
    const second = await connect();

    const failing = second.client.images.get({ name: "none" });

    await expect(failing).rejects.toMatchObject({ code: "image.not-found", status: 404, defined: true });
  });

  test("waits while the first is one that ends at once", async () => {
    const brief = await connect({ isBrief: true });

    const second = connect();
    await brief.close();

    expect((await second).role()).toBe("engine");
  });

  test("of another version is told so", async () => {
    const lock = takeLock(world.homes.unideck);
    const { server, socket } = await serveVersion(999);
    await writeAddress(world.homes.unideck, { pid: process.pid, socket, version: "9.9.9", contract: 999 });

    await expect(connect()).rejects.toMatchObject({
      code: "engine.version",
      message: expect.stringContaining("9.9.9"),
    });

    server.close();
    lock?.release();
  });
});

describe("when the engine goes", () => {
  test.each(["SIGKILL", "SIGTERM"] as const)(
    "by %s, its client carries on as the engine, streams too",
    async (signal) => {
      const engine = await engineProcess();
      const client = await connect();
      const events: EngineEvent[] = [];
      const stop = new AbortController();
      const watching = (async () => {
        for await (const event of await client.client.events.subscribe(undefined, { signal: stop.signal }))
          events.push(event);
      })().catch(() => undefined);
      await client.client.settings.change({ appearance: { theme: "dark" } });
      await vi.waitFor(() => expect(events).toHaveLength(2));

      await kill(engine, signal);

      await vi.waitFor(() => expect(client.role()).toBe("engine"), { timeout: 5000 });
      expect(await theme(client)).toBe("dark");
      await vi.waitFor(() => expect(events).toHaveLength(3));
      expect(events[2]).toMatchObject({ type: "snapshot", settings: { appearance: { theme: "dark" } } });
      stop.abort();
      await watching;
    },
  );

  test("one client becomes the engine, the others its clients", async () => {
    const engine = await engineProcess();
    const clients = await Promise.all([connect(), connect(), connect()]);

    await kill(engine, "SIGKILL");

    await vi.waitFor(() => expect(clients.map(({ role }) => role()).sort()).toEqual(["client", "client", "engine"]), {
      timeout: 5000,
    });
    expect(await Promise.all(clients.map(theme))).toEqual(["system", "system", "system"]);
  });

  test("a client that can't carry on at first does so later", async () => {
    const engine = await engineProcess();
    const client = await connect();
    const inTheWay = join(world.homes.unideck, "engine.json");
    await rm(inTheWay);
    await mkdir(inTheWay);
    await kill(engine, "SIGKILL");
    await expect(theme(client)).rejects.toMatchObject({ code: "disk.write-failed" });

    await rm(inTheWay, { recursive: true });

    expect(await theme(client)).toBe("system");
    expect(client.role()).toBe("engine");
  });

  test("a call that only reads is made again; one that changes something is not", async () => {
    const engine = await engineProcess();
    const { client } = await connect();
    engine.kill("SIGSTOP");

    const reading = client.settings.get();
    const changing = client.settings.change({ appearance: { theme: "dark" } });
    const outcome = expect(changing).rejects.toMatchObject({ code: "engine.gone", status: 503 });
    await kill(engine, "SIGKILL");

    await outcome;
    expect((await reading).appearance.theme).toBe("system");
  });
});

describe.skipIf(process.platform !== "linux")("an engine that does not answer", () => {
  const silenceMs = 1000;
  const silent = (pid: number | undefined) => ({
    code: "engine.busy",
    message: `Process ${pid} holds ${world.homes.unideck} and is stopped`,
    data: { hint: expect.stringContaining(`kill -CONT ${pid}`) },
  });

  test("is named to a host that starts, which waits no longer than its limit", async () => {
    const engine = await engineProcess();
    engine.kill("SIGSTOP");

    const refused = expect(connect({ silenceMs })).rejects.toMatchObject({
      code: "engine.busy",
      message: silent(engine.pid).message,
      hint: silent(engine.pid).data.hint,
    });

    await refused;
    engine.kill("SIGCONT");
    expect(await theme(await connect())).toBe("system");
  });

  test("fails calls and streams that are under way, and answers when it goes on", async () => {
    const engine = await engineProcess();
    const { client } = await connect({ silenceMs });
    const events = await client.events.subscribe();
    await events.next();
    engine.kill("SIGSTOP");

    const outcomes = await Promise.allSettled([
      client.settings.get(),
      client.settings.change({ appearance: { theme: "dark" } }),
      events.next(),
    ]);

    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: silent(engine.pid) });
    engine.kill("SIGCONT");
    await vi.waitFor(async () => expect(["system", "dark"]).toContain((await client.settings.get()).appearance.theme), {
      timeout: 5000,
    });
  });

  test("is named by its lock, where it has no address: a brief command that was stopped", async () => {
    await mkdir(world.homes.unideck, { recursive: true });
    const holder = spawn(process.execPath, [
      "-e",
      `const { DatabaseSync } = require("node:sqlite");
       const database = new DatabaseSync(process.argv[1]);
       database.exec("BEGIN EXCLUSIVE");
       console.log("held");
       setInterval(() => database, 1000);`,
      join(world.homes.unideck, "engine.lock"),
    ]);
    children.push(holder);
    await once(holder.stdout, "data");

    expect(takeLock(world.homes.unideck)).toBeUndefined();
    expect(await silentEngine(world.homes.unideck, undefined)).toMatchObject({
      code: "engine.busy",
      message: `Process ${holder.pid} holds ${world.homes.unideck} and does not answer`,
    });
  });

  test("is no engine whose calls only take long", async () => {
    const { server, sockets, socket } = await serveVersion(CONTRACT_VERSION);
    const peer = once(sockets, "connection");
    const address = { pid: process.pid, socket, version: "1", contract: CONTRACT_VERSION };
    const attachment = await attachTo(address, { home: world.homes.unideck, silenceMs: 100 });
    const [accepted]: WebSocket[] = await peer;
    const call = attachment?.link.call(["settings", "get"], undefined, { context: {} });
    call?.catch(() => undefined);

    // It says nothing but that it lives, for several times the limit.
    for (let pings = 0; pings < 25; pings++) await once(accepted ?? server, "ping");

    expect(attachment?.isLost()).toBe(false);
    await attachment?.close();
    server.close();
  });
});

async function serveVersion(contract: number) {
  const socket = join(world.homes.unideck, "other.sock");
  await mkdir(world.homes.unideck, { recursive: true });
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("headers", (headers) => headers.push(`${CONTRACT_HEADER}: ${contract}`));
  await once(server.listen(socket), "listening");
  return { server, sockets, socket };
}
