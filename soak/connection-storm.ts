/**
 * Crowds at the doors of an engine: connections that say nothing, half a request, noise, upgrades without a key, at the port
 * and at its Unix socket. Meanwhile and afterwards its owner is served.
 */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { World } from "../e2e/support/world.ts";
import { readAddress } from "../electron/hosts/engine-address.ts";
import { CONTRACT_VERSION } from "../shared/contract/version.ts";
import { AttackedEngine } from "./attacked-engine.ts";

export interface StormOptions {
  rounds: number;
  /** Of each kind and at each door in a round. */
  connections: number;
}

export interface StormOutcome {
  connections: number;
  /** The longest that the owner waited for an answer to a call, and for a whole command. */
  slowestCallMs: number;
  slowestCommandMs: number;
}

/** An owner who waits longer is locked out. */
const OWNER_LIMIT_MS = 20_000;

const upgrade = (more: string) =>
  `GET /rpc?contract=${CONTRACT_VERSION} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;

const openings: Record<string, () => string | Buffer> = {
  nothing: () => "",
  half: () => "GET /api/instances HTTP/1.1\r\nHost: 127.0",
  noise: () => randomBytes(512),
  upgrade: () => upgrade(""),
  wrongKey: () => upgrade(`Sec-WebSocket-Protocol: unideck, unideck.key.${"A".repeat(43)}\r\n`),
  otherOrigin: () => upgrade("Origin: http://evil.example\r\n"),
  longHeader: () => `GET / HTTP/1.1\r\nX: ${"a".repeat(100_000)}`,
  longBody: () => "POST /api/images HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999999\r\n\r\n{",
};

export async function connectionStormTrial(world: World, { rounds, connections }: StormOptions): Promise<StormOutcome> {
  await using engine = await AttackedEngine.open(world);
  const address = await readAddress(world.path(".unideck"));
  if (!address) throw new Error("the engine has left no address");
  const doors = [() => connect(engine.port, "127.0.0.1"), () => connect(address.socket)];
  const outcome: StormOutcome = { connections: 0, slowestCallMs: 0, slowestCommandMs: 0 };
  const askAsOwner = async () => {
    const [call, command] = await Promise.all([timed(() => callOf(engine)), timed(() => commandOf(world))]);
    outcome.slowestCallMs = Math.max(outcome.slowestCallMs, call);
    outcome.slowestCommandMs = Math.max(outcome.slowestCommandMs, command);
  };
  await askAsOwner();
  await engine.remember();
  for (let round = 0; round < rounds; round++) {
    const open: Socket[] = [];
    for (const opening of Object.values(openings))
      for (const door of doors)
        open.push(...(await Promise.all(Array.from({ length: connections }, () => dial(door, opening())))));
    outcome.connections += open.length;
    await askAsOwner();
    for (const socket of open) socket.destroy();
  }
  await engine.checkUnharmed();
  return outcome;
}

/** A connection that was opened, or refused: either is fine. */
async function dial(door: () => Socket, opening: string | Buffer): Promise<Socket> {
  const socket = door().resume();
  socket.on("error", () => socket.destroy());
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
  if (!socket.destroyed && opening.length > 0) socket.write(opening);
  return socket;
}

async function callOf({ port, token }: AttackedEngine): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(OWNER_LIMIT_MS);
  const { status } = await fetch(`http://127.0.0.1:${port}/api/instances`, { headers, signal });
  if (status !== 200) throw new Error(`the owner's call was answered with ${status}`);
}

async function commandOf(world: World): Promise<void> {
  await world.unideckJson(["ps"], { timeoutMs: OWNER_LIMIT_MS });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start);
}
