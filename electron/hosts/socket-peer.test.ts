import { once } from "node:events";
import { createServer } from "node:http";
import { RPCHandler } from "@orpc/server/websocket";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";
import { relayTo } from "./relay.ts";
import { servePeer } from "./socket-peer.ts";

const server = createServer();
const sockets = new WebSocketServer({ server });
let produced = 0;
let ended = 0;

/** A console that never runs dry. */
async function* endless(signal: AbortSignal | undefined) {
  const bytes = Buffer.alloc(65_536).toString("base64");
  try {
    while (!signal?.aborted) yield { offset: 65_536 * produced++, bytes, part: "program" };
  } finally {
    ended++;
  }
}

beforeEach(async () => {
  produced = 0;
  ended = 0;
  const handler = new RPCHandler(relayTo({ call: async (_path, _input, { signal }) => endless(signal) }));
  sockets.on("connection", (socket) => servePeer(handler, socket, String(CONTRACT_VERSION)));
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.removeAllListeners("connection");
  return new Promise((resolve) => server.close(resolve));
});

async function openConsole(): Promise<WebSocket> {
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no address");
  const socket = new WebSocket(`ws://127.0.0.1:${address.port}`);
  await once(socket, "open");
  socket.send(JSON.stringify({ i: "1", p: { u: "/instances/console", b: { json: { id: "x" } } } }));
  await once(socket, "message");
  return socket;
}

test("a reader that stops reading stops the stream, and one that goes on gets all of it", async () => {
  const socket = await openConsole();

  socket.pause();
  let before = -1;
  // What is on its way fills the system's buffers, and then nothing more is made.
  await vi.waitFor(
    () => {
      const now = produced;
      const isStill = now === before;
      before = now;
      expect(isStill).toBe(true);
    },
    { interval: 200, timeout: 10_000 },
  );
  const atStandstill = produced;
  socket.resume();
  await vi.waitFor(() => expect(produced).toBeGreaterThan(atStandstill + 100), { timeout: 10_000 });

  expect(atStandstill * 65_536).toBeLessThan(64 << 20);
});

test("a reader that goes away ends the stream", async () => {
  const socket = await openConsole();

  socket.terminate();

  await vi.waitFor(() => expect(ended).toBe(1));
});
