/** Who is at the other end of a connection to the web host: programs are let in, emulators are not, whatever they know. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeBootDisk } from "./engine/instances/boot-sector.testing.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { makeTestWorld, type TestWorld } from "./hosts/test-world.ts";
import { findSocket, isEmulator, PeerProcesses } from "./hosts/web/peer-process.ts";
import { serveWeb, type WebHost } from "./web.ts";

let world: TestWorld;
let connection: Connection;
let web: WebHost;
const children: ChildProcess[] = [];

beforeAll(async () => {
  world = await makeTestWorld();
  connection = await connectToEngine(world);
  web = await serveWeb(connection, { home: world.homes.unideck, resources: world.resources, port: 0 });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await web?.close();
  await connection?.close();
  await world?.remove();
});

describe("the socket table", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:2116 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11 1 0 100 0 0 10 0",
    "   1: 0100007F:9C40 0100007F:2116 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 30 10 -1",
    "   2: 0100007F:2116 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1",
    "   3: 0100007F:9C41 0100007F:2116 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1",
  ].join("\n");
  const server = { address: "127.0.0.1", port: 8470 };

  test("says whose a connection is, and which socket", () => {
    expect(findSocket(table, { address: "127.0.0.1", port: 40000 }, server)).toEqual({ uid: 1000, inode: "12" });
    expect(findSocket(table, server, { address: "127.0.0.1", port: 40000 })).toEqual({ uid: 0, inode: "13" });
    expect(findSocket(table, { address: "127.0.0.1", port: 40001 }, server)).toEqual({ uid: 0, inode: "0" });
    expect(findSocket(table, { address: "127.0.0.1", port: 40002 }, server)).toBeUndefined();
    expect(findSocket("", server, server)).toBeUndefined();
  });

  test("of IPv6 has IPv4 in its last word", () => {
    const line =
      " 0: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:2116 01 0:0 0:0 0 1000 0 12 1 0";

    expect(findSocket(line, { address: "127.0.0.1", port: 40000 }, server)).toEqual({ uid: 1000, inode: "12" });
  });
});

test.each([
  [["/usr/bin/qemu-system-x86_64", "-name", "hello"], true],
  [["qemu-system-x86_64"], true],
  [["/usr/libexec/qemu-kvm"], true],
  [["/opt/emulator", "-M", "none", "-netdev", "user,id=user"], true],
  [["/usr/bin/passt", "-f"], true],
  [["slirp4netns"], true],
  [["/usr/lib/chromium/chromium", "--type=utility"], false],
  [["node", "/home/me/qemu/server.js"], false],
  [["curl", "http://127.0.0.1"], false],
  [[""], false],
])("%j is an emulator: %s", (words, expected) => {
  expect(isEmulator(words)).toBe(expected);
});

describe.runIf(process.platform === "linux")("a connection", () => {
  test("of a program is known as this user's", async () => {
    const accepted = once(web.server, "connection");
    const socket = connect(web.port, "127.0.0.1");
    const [server] = await accepted;

    const peer = await new PeerProcesses().of(server);

    expect(peer).toEqual({ uid: process.getuid?.(), isEmulator: false, isGone: false });
    socket.destroy();
  });

  test("whose other end was closed before it could be told does not count as a program's", async () => {
    // Its side stays open, as while a request that has come is worked on.
    const listener = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const accepted = once(listener, "connection");
    const socket = connect(address.port, "127.0.0.1");
    const [server] = await accepted;
    const ended = once(server.resume(), "end");
    socket.destroy();
    await ended;

    expect(await new PeerProcesses().of(server)).toMatchObject({ isEmulator: false, isGone: true });
    server.destroy();
    listener.close();
  });

  test("of an emulator is refused, even with the token, and ends no page's session", { timeout: 60_000 }, async () => {
    const disk = join(world.folder, "caller.img");
    const request = `DELETE /session HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${web.token}\r\n\r\n`;
    await writeBootDisk(disk, request);
    const answered = new Promise<number>((resolve) =>
      web.server.once("request", (_, response) => response.once("finish", () => resolve(response.statusCode))),
    );

    const card = `socket,id=out,host=127.0.0.1,port=${web.port}`;
    const machine = ["-M", "pc", "-accel", "tcg", "-nodefaults", "-display", "none", "-m", "16"];
    const devices = ["-drive", `file=${disk},format=raw,if=ide`, "-chardev", card, "-serial", "chardev:out"];
    children.push(spawn("qemu-system-x86_64", [...machine, ...devices], { stdio: "ignore" }));

    expect(await answered).toBe(403);
  });
});
