/** The web host as seen from outside: what a page of another origin, a rebound name, a wrong token and a bad client get. */

import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { UnideckClient } from "../shared/contract/index.ts";
import { defaultSettings } from "../shared/contract/settings.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { portOf } from "./hosts/engine-client.ts";
import { makeTestWorld, type TestWorld } from "./hosts/test-world.ts";
import { serveWeb, type WebHost } from "./web.ts";

let world: TestWorld;
let connection: Connection;
let web: WebHost;
let origin: string;

beforeAll(async () => {
  world = await makeTestWorld();
  await mkdir(join(world.resources.renderer, "assets"), { recursive: true });
  await writeFile(join(world.resources.renderer, "index.html"), "<title>Unideck</title>");
  await writeFile(join(world.resources.renderer, "assets/app-1a2b.js"), "export {};");
  await writeFile(join(world.folder, "secret.js"), "secret");
  connection = await connectToEngine(world);
  web = await serveWeb(connection, world.resources, 0);
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
const signIn = (token: string, headers = {}) =>
  ask("/session", { method: "POST", headers: { ...json, ...headers } }, JSON.stringify({ token }));

async function cookie(): Promise<string> {
  const { headers } = await signIn(web.token, { origin });
  return (headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
}

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

describe("a name that is not this machine's", () => {
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
    "%s gets no answer, even with the cookie",
    async (foreign) => {
      const headers = { origin: foreign, cookie: await cookie() };

      expect((await ask("/api/settings", { headers })).status).toBe(403);
      expect((await signIn(web.token, { origin: foreign })).status).toBe(403);
      expect(await openSocket(headers)).toBe(403);
    },
  );

  test("gets no leave to read an answer, and none by asking for it first", async () => {
    const headers = { origin: "http://evil.example", "access-control-request-method": "POST" };

    const answer = await ask("/api/settings", { method: "OPTIONS", headers });

    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("can't use the cookie in a request that names no origin", async () => {
    const headers = { ...json, cookie: await cookie() };

    const answer = await ask("/api/settings", { method: "PATCH", headers }, "{}");

    expect(answer.status).toBe(403);
  });
});

describe("the token", () => {
  test("is in the fragment of the address, and gets a cookie that scripts and other sites can't use", async () => {
    expect(web.url).toBe(`${origin}/#token=${web.token}`);

    const { status, headers, body } = await signIn(web.token, { origin });

    expect({ status, body }).toEqual({ status: 204, body: "" });
    expect(headers["set-cookie"]?.[0]).toMatch(
      new RegExp(`^unideck-${web.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect(headers["set-cookie"]?.[0]).not.toContain(web.token);
  });

  test("or its cookie is needed for the API", async () => {
    expect((await ask("/api/settings")).status).toBe(401);
    expect((await ask("/api/settings", { headers: { cookie: "unideck=x" } })).status).toBe(401);

    const byToken = await ask("/api/settings", { headers: bearer() });
    const byCookie = await ask("/api/settings", { headers: { cookie: await cookie() } });

    expect(JSON.parse(byToken.body)).toEqual(defaultSettings);
    expect(JSON.parse(byCookie.body)).toEqual(defaultSettings);
  });

  test("can be asked about by a page that wants to know whether it is still let in", async () => {
    expect((await ask("/session", { headers: { cookie: await cookie() } })).status).toBe(204);
    expect((await ask("/session")).status).toBe(401);
  });

  test.each([
    ["no JSON", "token"],
    ["another shape", '{"token":1}'],
    ["nothing", ""],
    ["far too much", `{"token":"${"x".repeat(100_000)}"}`],
  ])("that is %s is refused", async (_, body) => {
    const answer = await ask("/session", { method: "POST", headers: json }, body);

    expect(answer.status).toBe(400);
  });

  test("that is wrong is not tried for ever", async () => {
    const statuses = new Set<number>();

    for (let i = 0; i < 30; i++) statuses.add((await signIn("wrong")).status);

    expect(statuses).toEqual(new Set([401, 429]));
    expect((await signIn(web.token)).status).toBe(204);
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
  test("is not opened without a token, with a wrong one, or elsewhere", async () => {
    expect(await openSocket({})).toBe(401);
    expect(await openSocket({ origin })).toBe(401);
    expect(await openSocket({ cookie: `unideck-${web.port}=x`, origin })).toBe(401);
    expect(await openSocket({ cookie: await cookie() })).toBe(403);
    expect(await openSocket(bearer(), "/elsewhere")).toBe(404);
  });

  test("carries the contract for a page that has the cookie", async () => {
    const socket = await openSocket({ cookie: await cookie(), origin });
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
    expect(String(reason)).toMatch(/version 1 of the contract/);
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
  await expect(serveWeb(connection, world.resources, web.port)).rejects.toMatchObject({ code: "port.busy" });
});

/** The socket once it is open, or the status with which it was refused. */
async function openSocket(headers: Record<string, string>, path = "/rpc?contract=1"): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${web.port}${path}`, { headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    socket.once("error", reject);
  });
}
