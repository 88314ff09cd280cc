/**
 * What a host adds to a call and to a console: in the engine's own process, over its socket, and over the web host's
 * WebSocket. Both ends are this process.
 */

import { once } from "node:events";
import { join } from "node:path";
import { createORPCClient } from "@orpc/client";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import { WebSocket } from "ws";
import { attachTo } from "../electron/hosts/engine-client.ts";
import { EngineLink } from "../electron/hosts/engine-link.ts";
import { serveEngine } from "../electron/hosts/engine-socket.ts";
import { localLink } from "../electron/hosts/local-link.ts";
import { relayTo } from "../electron/hosts/relay.ts";
import { createRouter } from "../electron/hosts/router.ts";
import { createWebServer } from "../electron/hosts/web/server.ts";
import type { UnideckClient } from "../shared/contract/index.ts";
import type { Instance } from "../shared/contract/instances.ts";
import { CONTRACT_VERSION } from "../shared/contract/version.ts";
import { BenchEngine } from "./bench-engine.ts";
import type { Figure, Section } from "./figures.ts";

const CALL_MS = 2000;

export async function benchHosts(): Promise<Section> {
  await using bench = await BenchEngine.open();
  const image = await bench.build("ticker.c", "talks", { arguments: ["300000", "0"] });
  const router = createRouter(bench.engine);
  const local = createORPCClient<UnideckClient>(localLink(router));
  const socket = join(bench.folder, "bench.sock");
  const door = await serveEngine(router, socket);
  const address = { pid: process.pid, socket, version: "", contract: CONTRACT_VERSION };
  const attachment = await attachTo(address, { home: bench.folder });
  if (!attachment) throw new Error("the engine's socket does not answer");
  const far = createORPCClient<UnideckClient>(new EngineLink(async () => attachment));

  const { client: web, close: closeWeb } = await openWebHost(router);

  const figures: Figure[] = [];
  const clients = [
    ["in the engine's process", local],
    ["over the engine's socket", far],
    ["over the web host's WebSocket", web],
  ] as const;
  for (const [name, client] of clients)
    figures.push({ name: `calls ${name}`, unit: "calls/s", value: await callsPerSecond(client) });
  const measureConsoles = async ({ id }: Instance) => {
    for (const [name, client] of clients)
      figures.push({ name: `console ${name}`, unit: "MB/s", value: await consoleRate(client, id) });
  };
  await bench.runToEnd(image, { memoryBytes: 64 * 2 ** 20, options: { accelerator: "tcg" } }, measureConsoles, 120_000);
  await closeWeb();
  await attachment.close();
  await door.close();
  return { title: "Hosts: calls one after the other, and a console that is there already", figures };
}

/** The web host on a port of its own, and a client that came in as a page does. */
async function openWebHost(router: ReturnType<typeof createRouter>) {
  const onBug = (error: unknown) => {
    throw error;
  };
  const onWarning = (sentence: string) => onBug(new Error(sentence));
  const web = createWebServer({ router: relayTo(localLink(router)), files: new Map(), version: "", onBug, onWarning });
  web.server.listen({ host: "127.0.0.1", port: 0 });
  await once(web.server, "listening");
  const address = web.server.address();
  if (address === null || typeof address === "string") throw new Error("the web host has no port");
  const url = `ws://127.0.0.1:${address.port}/rpc?contract=${CONTRACT_VERSION}`;
  const websocket = new WebSocket(url, { headers: { authorization: `Bearer ${web.token}` } });
  websocket.binaryType = "arraybuffer";
  await once(websocket, "open");
  const close = async () => {
    websocket.close();
    await web.close();
  };
  return { client: createORPCClient<UnideckClient>(new SocketLink({ websocket })), close };
}

async function callsPerSecond(client: UnideckClient): Promise<number> {
  const startedAt = performance.now();
  let calls = 0;
  for (; performance.now() - startedAt < CALL_MS; calls++) await client.settings.get();
  return calls / ((performance.now() - startedAt) / 1000);
}

async function consoleRate(client: UnideckClient, id: string): Promise<number> {
  const startedAt = performance.now();
  let bytes = 0;
  for await (const chunk of await client.instances.console({ id, from: 0, follow: false }))
    bytes += Buffer.byteLength(chunk.bytes, "base64");
  return bytes / 1e6 / ((performance.now() - startedAt) / 1000);
}
