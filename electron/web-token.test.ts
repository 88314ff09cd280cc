/** The secrets of the web host: whatever is asked of it, nothing it prints has them, and one file of the home has the token. */

import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { CONTRACT_VERSION } from "../shared/contract/version.ts";
import { connectToEngine } from "./hosts/connect.ts";
import { makeTestWorld } from "./hosts/test-world.ts";
import { serveWeb } from "./web.ts";

test("no secret is in what is printed, nor in any file but the token's, even after an error that is logged", async () => {
  const world = await makeTestWorld();
  onTestFinished(() => world.remove());
  await mkdir(world.resources.renderer, { recursive: true });
  await writeFile(join(world.resources.renderer, "index.html"), "<title>Unideck</title>");
  const printed = [vi.spyOn(process.stderr, "write"), vi.spyOn(process.stdout, "write")];
  const connection = await connectToEngine(world);
  const web = await serveWeb(connection, { home: world.homes.unideck, resources: world.resources, port: 0 });
  onTestFinished(async () => {
    await web.close();
    await connection.close();
    for (const spy of printed) spy.mockRestore();
  });
  const { token, port } = web;
  const origin = `http://127.0.0.1:${port}`;
  const json = { "content-type": "application/json", origin };
  const bearer = { authorization: `Bearer ${token}` };
  const ask = (path: string, method = "GET", headers = {}, body?: string) => askPort(port, path, method, headers, body);

  const code = web.link().split("#code=")[1] ?? "";
  const redeemed = await fetch(`${origin}/session`, { method: "POST", headers: json, body: JSON.stringify({ code }) });
  const { key } = z.object({ key: z.string() }).parse(await redeemed.json());
  const ofPage = { authorization: `Bearer ${key}` };
  expect((await ask("/api/settings", "GET", bearer)).statusCode).toBe(200);
  expect((await ask("/api/settings", "GET", ofPage)).statusCode).toBe(200);

  // Wrong ones that hold the right one, and secrets where none belongs.
  const unused = web.link().split("#code=")[1] ?? "";
  expect((await ask("/session", "POST", json, JSON.stringify({ code: `${unused}x` }))).statusCode).toBe(401);
  expect((await ask("/session", "POST", json, JSON.stringify({ code: token }))).statusCode).toBe(401);
  expect((await ask("/session", "POST", json, `{"code":"${unused}`)).statusCode).toBe(400);
  expect((await ask("/api/settings", "GET", { authorization: `Bearer ${token}x` })).statusCode).toBe(401);
  expect((await ask("/api/settings", "GET", { authorization: `Bearer ${key}x` })).statusCode).toBe(401);
  expect((await ask("/api/settings", "GET", { cookie: `unideck=${key}` })).statusCode).toBe(401);
  for (const path of [`/nothing?token=${token}`, `/${token}`, `/nothing#token=${token}`, `/api/images/${key}`])
    expect((await ask(path, "GET", bearer)).statusCode).toBeGreaterThanOrEqual(400);
  for (const headers of [bearer, { ...ofPage, origin }]) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc?contract=${CONTRACT_VERSION}&token=${token}`, { headers });
    await once(socket, "open");
    socket.send(`{"token":"${token}`);
    await once(socket, "close");
  }

  // No folder can be made in a file: an error that nobody foresaw.
  await rm(world.homes.networks, { recursive: true });
  await writeFile(world.homes.networks, "");
  const network = JSON.stringify({ name: "inside" });
  expect((await ask("/api/networks", "POST", { ...json, ...bearer }, network)).statusCode).toBe(500);
  expect((await contentsOf(world.homes.logs)).join("\n")).toContain("networks.create");

  const said = printed.flatMap((spy) => spy.mock.calls.map(([piece]) => String(piece)));
  const [tokenFile, ...others] = partition(await contentsOf(world.homes.unideck), web.tokenFile);
  expect(tokenFile).toContain(token);
  const kept = [...others, ...said];
  for (const secret of [token, key, code, unused]) expect(kept.filter((piece) => piece.includes(secret))).toEqual([]);
});

/** The file at `path` first, then all others. */
function partition(contents: string[], path: string): string[] {
  const isWanted = (piece: string) => piece.startsWith(`${path}\n`);
  return [contents.find(isWanted) ?? "", ...contents.filter((piece) => !isWanted(piece))];
}

async function askPort(port: number, path: string, method: string, headers: object, body?: string) {
  const asking = request({ host: "127.0.0.1", port, path, method, headers: { ...headers }, agent: false });
  asking.end(body);
  const [response]: IncomingMessage[] = await once(asking, "response");
  if (!response) throw new Error("no response");
  await text(response);
  return response;
}

/** Each file's path and bytes. */
async function contentsOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (path) => `${path}\n${await readFile(path, "latin1")}`));
}
