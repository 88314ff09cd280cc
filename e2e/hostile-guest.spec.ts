/**
 * A guest that wants to be its user: its page is opened by a click, lures the browser to another name of the host, keeps
 * what the browser sends with it, and calls the engine with it through the emulator's gateway.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { hostPort } from "./support/served.ts";
import { openConsole } from "./support/window.ts";
import { askApi, World, waitForOutput } from "./support/world.ts";

/** QEMU's user network has the host there. */
const GATEWAY = "10.0.2.2";

/** Starts the guest, and waits until it serves. */
async function startThief(world: World, name: string, more: readonly string[], words: readonly string[]) {
  const options = ["--name", name, "--port", "0:8080", ...more, ...words.map((word) => `--arg=${word}`)];
  await waitForOutput(world.spawn(["run", program("thief.c"), ...options]), "waiting", 60_000);
  return hostPort(world, name, "tcp");
}

/** The guest's report on its calls, line by line. */
async function reportOf(port: number): Promise<string[]> {
  const report = await fetch(`http://127.0.0.1:${port}/steal`).then((answer) => answer.text());
  return report
    .slice(report.indexOf("----\n") + "----\n".length)
    .split("\n")
    .filter(Boolean);
}

const refused = "HTTP/1.1 403 Forbidden";

test("a guest's page gets no credential from the browser, and the guest is refused by the engine", async ({
  page,
  context,
}) => {
  await using world = await World.create();
  const serving = await world.startServing();
  await page.goto(await world.link(serving.port));
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  await startThief(world, "thief", [], ["8080", GATEWAY, String(serving.port), serving.token]);
  await openConsole(page, /thief/);
  await page.getByRole("tab", { name: "Network" }).click();

  const link = page.getByRole("tabpanel", { name: "Network" }).getByRole("link");
  const [opened] = await Promise.all([context.waitForEvent("page"), link.click()]);
  await expect(opened).toHaveURL(/^http:\/\/127\.0\.0\.1:\d+\/steal$/);
  const report = (await opened.locator("body").textContent()) ?? "";

  // What the browser sent to the guest.
  expect(report).toMatch(/^GET \/steal HTTP\/1\.1/);
  expect(report).not.toMatch(/^cookie:|^authorization:|^referer:/im);
  expect(report).not.toContain(serving.token);
  expect(await opened.evaluate(() => [window.opener, document.cookie, sessionStorage.length])).toEqual([null, "", 0]);
  expect(await context.cookies()).toEqual([]);
  // What the guest got with it, and even with the right key.
  expect(report).toContain(`the page: ${refused}`);
  expect(report).toMatch(/with what the browser sent: HTTP\/1\.1 40[13]/);
  expect(report).toContain(`with the right key: ${refused}`);
  expect(report).toContain(`a WebSocket with the right key: ${refused}`);
  // The owner is still let in, by the same key.
  const answer = await fetch(`${serving.api}/settings`, { headers: { authorization: `Bearer ${serving.token}` } });
  expect(answer.status).toBe(200);
  await expect(page.getByRole("tabpanel", { name: "Network" })).toBeVisible();
});

test("a guest in a private network is refused through the network's way out, too", async () => {
  await using world = await World.create();
  const { port, token } = await world.startServing();
  await world.unideckJson(["network", "create", "shop", "--subnet", "10.88.3.0/24"]);

  const thief = await startThief(world, "thief", ["--network", "shop"], ["8080", "10.88.3.254", String(port), token]);

  expect((await reportOf(thief)).slice(2)).toEqual([
    `with the right key: ${refused}`,
    `a WebSocket with the right key: ${refused}`,
  ]);
});

test("other services of the host are reached from the user network, and not from a restricted one", async () => {
  await using world = await World.create();
  const { port } = await world.startServing();
  const service = createServer((_, response) => response.end("a database, say")).listen(0, "127.0.0.1");
  await new Promise((resolve) => service.once("listening", resolve));
  const address = service.address();
  if (!isPort(address)) throw new Error("the service has no port");
  const words = (target: number) => ["8080", GATEWAY, String(target)];
  try {
    const open = await startThief(world, "open", [], words(address.port));
    const closed = await startThief(world, "closed", ["--network", "restricted"], words(address.port));
    const engine = await startThief(world, "engine", ["--network", "restricted"], words(port));

    expect(await reportOf(open)).toEqual(["the page: HTTP/1.1 200 OK", "with what the browser sent: HTTP/1.1 200 OK"]);
    for (const restricted of [closed, engine])
      expect(await reportOf(restricted)).toEqual([
        "the page: no connection",
        "with what the browser sent: no connection",
      ]);
  } finally {
    service.close();
  }
});

test("a guest that uses up what QEMU may open stops nobody but itself, and holds nothing once it is stopped", async () => {
  // 512 files for each process of this world, 2000 sockets wanted.
  await using world = await World.create(["prlimit", "--nofile=512:512"]);
  const serving = await world.startServing();
  const connections = new Set<Socket>();
  const service = createTcpServer((socket) => {
    connections.add(socket);
    socket.on("error", () => {}).on("close", () => connections.delete(socket));
  }).listen(0, "127.0.0.1");
  await once(service, "listening");
  const address = service.address();
  if (!isPort(address)) throw new Error("the service has no port");
  try {
    const words = [GATEWAY, String(address.port), "1000"].map((word) => `--arg=${word}`);
    const guest = world.spawn(["run", program("exhausting.c"), "--name", "many", ...words]);
    await waitForOutput(guest, "tried 1000 connections, 1000 datagrams", 60_000);
    await expect.poll(() => connections.size, { timeout: 20_000 }).toBeGreaterThan(100);

    expect(await askApi(serving, "/instances")).toMatchObject([{ name: "many", state: "running" }]);
    const added = await world.unideck(["ports", "add", "many", "0:81"], { timeoutMs: 20_000 });
    // As it has closed some by then, or has not.
    expect(added.stderr).toMatch(/^$|QEMU could not open port \d+ of the host, which is free/);
    const stopped = await world.unideck(["stop", "many"], { timeoutMs: 30_000 });

    expect(stopped.code).toBe(0);
    await expect.poll(() => connections.size, { timeout: 10_000 }).toBe(0);
    expect(await askApi(serving, "/instances")).toMatchObject([{ name: "many", state: "exited" }]);
  } finally {
    for (const socket of connections) socket.destroy();
    service.close();
  }
});

const isPort = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === "object" && address !== null;
