/** The web host as seen from outside: what a page of another origin, a rebound name, a wrong token and a bad client get. */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect as connectSocket } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import type { UnideckClient } from "../shared/contract/index.ts";
import { defaultSettings } from "../shared/contract/settings.ts";
import { CONTRACT_VERSION } from "../shared/contract/version.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { portOf } from "./hosts/engine-client.ts";
import { makeTestWorld, type TestWorld } from "./hosts/test-world.ts";
import { askForLink } from "./hosts/web/link-socket.ts";
import { serveWeb, takeToken, type WebHost } from "./web.ts";

let world: TestWorld;
let connection: Connection;
let web: WebHost;
let origin: string;

const serving = (port: number) => ({ home: world.homes.unideck, resources: world.resources, port });

beforeAll(async () => {
  world = await makeTestWorld();
  await mkdir(join(world.resources.renderer, "assets"), { recursive: true });
  await writeFile(join(world.resources.renderer, "index.html"), "<title>Unideck</title>");
  await writeFile(join(world.resources.renderer, "assets/app-1a2b.js"), "export {};");
  await writeFile(join(world.folder, "secret.js"), "secret");
  connection = await connectToEngine(world);
  web = await serveWeb(connection, serving(0));
  origin = `http://127.0.0.1:${web.port}`;
});
afterAll(async () => {
  await web?.close();
  await connection?.close();
  await world?.remove();
});

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A request as any program could make it: no header is added, and no path is tidied up. */
async function ask(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  const asking = request({ host: "127.0.0.1", port: web.port, path, agent: false, ...options });
  // A connection may be cut while the body is still on its way; what was answered before counts.
  asking.on("error", () => undefined);
  asking.end(body);
  const [response]: IncomingMessage[] = await once(asking, "response");
  if (!response) throw new Error("no response");
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

const json = { "content-type": "application/json" };
const bearer = () => ({ authorization: `Bearer ${web.token}` });
const codeOf = (link: string) => link.slice(link.indexOf("#code=") + "#code=".length);
const redeem = (code: string, headers = {}) =>
  ask("/session", { method: "POST", headers: { ...json, ...headers } }, JSON.stringify({ code }));

/** What a page gets for a new link. */
async function pageKey(): Promise<string> {
  const { body } = await redeem(codeOf(web.link()), { origin });
  return z.object({ key: z.string() }).parse(JSON.parse(body)).key;
}

const offering = (key: string) => ["unideck", `unideck.key.${key}`];

describe("the page", () => {
  test("is there without a token, with all its protections", async () => {
    const page = await ask("/");

    expect(page).toMatchObject({ status: 200, body: "<title>Unideck</title>" });
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    const policy = String(page.headers["content-security-policy"]).split("; ");
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${web.port}`);
    expect(policy.filter((rule) => rule.includes("unsafe"))).toEqual(["style-src 'self' 'unsafe-inline'"]);
  });

  test("has files that may be kept for ever, since their names change with their content", async () => {
    const file = await ask("/assets/app-1a2b.js");

    expect(file).toMatchObject({ status: 200, body: "export {};" });
    expect(file.headers["cache-control"]).toContain("immutable");
  });

  test.each([
    "/../secret.js",
    "/assets/../../secret.js",
    "/%2e%2e/secret.js",
    "/..%2fsecret.js",
    "/assets/..%5c..%5csecret.js",
    "//secret.js",
    "/assets/",
    "/assets",
    "/index.html/",
    "/nothing",
    "/.well-known/x",
  ])("is all there is: %s is not", async (path) => {
    const answer = await ask(path, { headers: bearer() });

    expect([403, 404]).toContain(answer.status);
    expect(answer.body).not.toContain("secret");
    expect(JSON.parse(answer.body)).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  });
});

describe("a name that is not the host's", () => {
  test.each(["/", "/session", "/api/settings", "/rpc"])("gets nothing at %s, whatever it knows", async (path) => {
    const headers = { ...bearer(), host: `evil.example:${web.port}` };

    const answer = await ask(path, { headers });

    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain("Unideck</title>");
  });

  test("gets no WebSocket", async () => {
    expect(await openSocket({ ...bearer(), host: `evil.example:${web.port}` })).toBe(403);
  });
});

describe("a page of another origin", () => {
  test.each(["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost:1"])(
    "%s gets no answer, even with a key",
    async (foreign) => {
      const key = await pageKey();

      const answer = await ask("/api/settings", { headers: { origin: foreign, authorization: `Bearer ${key}` } });
      expect(answer.status).toBe(403);
      expect((await redeem(codeOf(web.link()), { origin: foreign })).status).toBe(403);
      expect(await openSocket({ origin: foreign }, undefined, offering(key))).toBe(403);
    },
  );

  test("gets no leave to read an answer, and none by asking for it first", async () => {
    const headers = { origin: "http://evil.example", "access-control-request-method": "POST" };

    const answer = await ask("/api/settings", { method: "OPTIONS", headers });

    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("the link", () => {
  test("has a code in its fragment, and the address of the page has nothing", () => {
    expect(web.url).toBe(`${origin}/`);
    expect(web.link()).toMatch(new RegExp(`^${origin}/#code=[\\w-]{43}$`));
    expect(web.link()).not.toContain(web.token);
  });

  test("gets a key for the page, and no cookie", async () => {
    const { status, headers, body } = await redeem(codeOf(web.link()), { origin });

    expect(status).toBe(200);
    expect(headers["set-cookie"]).toBeUndefined();
    expect(JSON.parse(body)).toEqual({ key: expect.stringMatching(/^[\w-]{43}$/) });
    expect(body).not.toContain(web.token);
  });

  test("that is used twice signs out the page that used it first", async () => {
    const code = codeOf(web.link());
    const { body } = await redeem(code, { origin });
    const { key } = z.object({ key: z.string() }).parse(JSON.parse(body));
    const socket = await openSocket({ origin }, undefined, offering(key));
    if (!(socket instanceof WebSocket)) throw new Error(`refused: ${socket}`);

    const second = await redeem(code, { origin });
    const [closed] = await once(socket, "close");

    expect(second.status).toBe(401);
    expect(closed).toBe(4401);
    expect((await ask("/session", { headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
  });

  test("is given by the host that runs, to its own user alone, as often as asked", async () => {
    const links = [
      await askForLink(world.homes.unideck, "url"),
      await askForLink(world.homes.unideck, "url", web.port),
    ];

    for (const link of links) expect((await redeem(codeOf(link), { origin })).status).toBe(200);
    const socket = join(world.homes.unideck, `web-${web.port}.sock`);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    await expect(askForLink(world.homes.unideck, "url", 1)).rejects.toMatchObject({ code: "web.not-running" });
  });

  test.each([
    ["no JSON", "code"],
    ["another shape", '{"code":1}'],
    ["nothing", ""],
    ["far too much", `{"code":"${"x".repeat(100_000)}"}`],
  ])("whose code is %s is refused", async (_, body) => {
    const answer = await ask("/session", { method: "POST", headers: json }, body);

    expect(answer.status).toBe(400);
  });

  test("that is wrong is not tried for ever", async () => {
    const other = await serveWeb(connection, serving(0));
    const redeemThere = async (code: string) =>
      (await fetch(`${other.url}session`, { method: "POST", headers: json, body: JSON.stringify({ code }) })).status;
    const statuses = new Set<number>();

    for (let i = 0; i < 30; i++) statuses.add(await redeemThere("wrong"));

    expect(statuses).toEqual(new Set([401, 429]));
    expect(await redeemThere(codeOf(other.link()))).toBe(200);
    await other.close();
  });
});

describe("a key", () => {
  test("is needed for the API: the token or a page's own, and a cookie is nothing", async () => {
    const key = await pageKey();
    expect((await ask("/api/settings")).status).toBe(401);
    for (const name of ["unideck", `unideck-${web.port}`])
      for (const value of [key, web.token])
        expect((await ask("/api/settings", { headers: { origin, cookie: `${name}=${value}` } })).status).toBe(401);

    const byToken = await ask("/api/settings", { headers: bearer() });
    const byKey = await ask("/api/settings", { headers: { origin, authorization: `Bearer ${key}` } });

    expect(JSON.parse(byToken.body)).toEqual(defaultSettings);
    expect(JSON.parse(byKey.body)).toEqual(defaultSettings);
  });

  test("can be asked about by a page that wants to know whether it is still let in, and given back", async () => {
    const headers = { authorization: `Bearer ${await pageKey()}` };

    expect((await ask("/session", { headers })).status).toBe(204);
    expect((await ask("/session")).status).toBe(401);
    expect((await ask("/session", { method: "DELETE", headers })).status).toBe(204);
    expect((await ask("/session", { headers })).status).toBe(401);
  });

  test("for programs is in a file for this user alone, which goes with the host", async () => {
    const other = await serveWeb(connection, serving(0));
    const { tokenFile } = other;

    expect(await readFile(tokenFile, "utf8")).toBe(`${other.token}\n`);
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(tokenFile))).mode & 0o777).toBe(0o700);
    await other.close();
    await expect(stat(tokenFile)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readdir(dirname(tokenFile))).toEqual([`${web.port}.json`, `${web.port}.token`]);
  });

  test("for programs may be given in the environment, and is taken out of it", async () => {
    const token = "0123456789abcdef0123456789abcdef";
    const environment = { UNIDECK_TOKEN: token };

    const other = await serveWeb(connection, { ...serving(0), token: takeToken(environment) });
    await other.close();

    expect(other.token).toBe(token);
    expect(environment).toEqual({});
    expect(takeToken(environment)).toBeUndefined();
    for (const wrong of ["", "secret", `${token}\n`, `${token} x`])
      expect(() => takeToken({ UNIDECK_TOKEN: wrong })).toThrow(expect.objectContaining({ code: "args.invalid" }));
  });

  test("that a killed host left behind is removed by the next one", async () => {
    const folder = dirname(web.tokenFile);
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    await writeFile(join(folder, "1.json"), JSON.stringify({ pid: gone, port: 1, socket: "/nowhere", startedAt: 1 }));
    await writeFile(join(folder, "1.token"), "old");

    await (await serveWeb(connection, serving(0))).close();

    expect(await readdir(folder)).toEqual([`${web.port}.json`, `${web.port}.token`]);
  });
});

describe("the API", () => {
  test("is described for those who write programs", async () => {
    const { status, body } = await ask("/api/openapi.json");

    expect(status).toBe(200);
    const description = JSON.parse(body);
    expect(description).toMatchObject({ openapi: expect.stringMatching(/^3\.1/), servers: [{ url: "/api" }] });
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining(["/images", "/instances/{id}/start", "/events", "/settings"]),
    );
  });

  test("answers problems with their code, sentence and status", async () => {
    const { status, body } = await ask("/api/images/none", { headers: bearer() });

    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ code: "image.not-found", message: expect.any(String) });
  });

  test("says what is wrong with a call", async () => {
    const body = JSON.stringify({ console: { fontSizePx: "big" } });

    const answer = await ask("/api/settings", { method: "PATCH", headers: { ...json, ...bearer() } }, body);

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: "args.invalid",
      message: expect.stringContaining("fontSizePx"),
    });
  });

  test.each(["{half", '"text"', "[]", "null", "1"])("says that %s is no call", async (body) => {
    const answer = await ask("/api/settings", { method: "PATCH", headers: { ...json, ...bearer() } }, body);

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "args.invalid" });
  });

  test("does not read a body without end", async () => {
    const body = Buffer.alloc(6 << 20, 0x20);

    const answer = await ask("/api/settings", { method: "PATCH", headers: { ...json, ...bearer() } }, body).catch(
      (error: NodeJS.ErrnoException) => ({ status: error.code }),
    );

    // Either the answer arrives, or the connection is cut while the rest is still being sent.
    expect([413, "ECONNRESET", "EPIPE"]).toContain(answer.status);
  });

  test("streams events", async () => {
    const asking = request({ host: "127.0.0.1", port: web.port, path: "/api/events", headers: bearer() }).end();
    const [response]: IncomingMessage[] = await once(asking, "response");
    if (!response) throw new Error("no response");

    let stream = "";
    for await (const piece of response.setEncoding("utf8")) {
      stream += piece;
      if (stream.includes("\n\n") && stream.includes("snapshot")) break;
    }

    expect(response.headers["content-type"]).toBe("text/event-stream");
    expect(stream).toMatch(/^event: message\ndata: \{"type":"snapshot"/m);
  });

  test.each(["GET", "POST", "DELETE", "PUT", "TRACE"])("has no call at %s /api/nothing", async (method) => {
    expect((await ask("/api/nothing", { method, headers: { ...bearer(), origin } })).status).toBe(404);
  });
});

describe("a WebSocket", () => {
  test("is not opened without a key, with a wrong one, with a cookie, or elsewhere", async () => {
    const key = await pageKey();
    expect(await openSocket({})).toBe(401);
    expect(await openSocket({ origin })).toBe(401);
    expect(await openSocket({ origin }, undefined, offering("x"))).toBe(401);
    expect(await openSocket({ origin, cookie: `unideck-${web.port}=${key}` })).toBe(401);
    expect(await openSocket(bearer(), "/elsewhere")).toBe(404);
  });

  test("carries the contract for a page that offers its key, which is not sent back", async () => {
    const socket = await openSocket({ origin }, undefined, offering(await pageKey()));
    expect(socket).toMatchObject({ protocol: "unideck" });
    if (!(socket instanceof WebSocket)) throw new Error(`refused: ${socket}`);
    const client: UnideckClient = createORPCClient(new RPCLink({ port: portOf(socket) }));

    const events = await client.events.subscribe();
    const { value: snapshot } = await events.next();
    const changed = await client.settings.change({ console: { fontSizePx: 17 } });
    const { value: change } = await events.next();

    expect(snapshot).toMatchObject({ type: "snapshot", settings: defaultSettings });
    expect(change).toMatchObject({ type: "changes", settings: changed });
    await expect(client.images.get({ name: "none" })).rejects.toMatchObject({ code: "image.not-found", defined: true });
    socket.close();
  });

  test("is closed for a client of another contract, with the reason", async () => {
    const socket = await openSocket(bearer(), "/rpc?contract=999");
    if (!(socket instanceof WebSocket)) throw new Error(`refused: ${socket}`);

    const [code, reason] = await once(socket, "close");

    expect(code).toBe(4409);
    expect(String(reason)).toContain(`version ${CONTRACT_VERSION} of the contract`);
  });

  test.each([
    ["text that is no message", "{"],
    ["JSON that is no message", "[]"],
    ["bytes", Buffer.from([0, 1, 2, 255, 0])],
    ["too much", Buffer.alloc(5 << 20)],
  ])("is closed for %s, and nothing else breaks", async (_, message) => {
    const socket = await openSocket(bearer());
    if (!(socket instanceof WebSocket)) throw new Error(`refused: ${socket}`);
    socket.on("error", () => undefined);

    socket.send(message);
    const [code] = await once(socket, "close");

    expect([1006, 1007, 1009]).toContain(code);
    expect((await ask("/")).status).toBe(200);
  });
});

test.each([
  "GARBAGE\r\n\r\n",
  "GET / HTTP/1.1\r\n\r\n",
  "GET / HTTP/1.0\r\n\r\n",
  `GET /${"x".repeat(100_000)} HTTP/1.1\r\n`,
])("bytes that are no proper request are refused (%#)", async (bytes) => {
  const socket = connectSocket({ host: "127.0.0.1", port: web.port });
  socket.on("error", () => undefined);
  socket.write(bytes);

  const answer = await text(socket).catch(() => "");

  expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
  expect((await ask("/")).status).toBe(200);
});

test("a port that is taken is said so", async () => {
  await expect(serveWeb(connection, serving(web.port))).rejects.toMatchObject({ code: "port.busy" });
});

/** The socket once it is open, or the status with which it was refused. */
async function openSocket(
  headers: Record<string, string>,
  path = `/rpc?contract=${CONTRACT_VERSION}`,
  protocols: string[] = [],
): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${web.port}${path}`, protocols, { headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    socket.once("error", reject);
  });
}
