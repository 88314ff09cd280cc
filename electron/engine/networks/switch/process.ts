/**
 * The switch of one private network, as a process of its own: it outlives the engine as machines do. What it is to do stands
 * in the network's record, which it reads again when that changes. It ends where the record is gone, and where for a while
 * neither a machine nor an engine is connected: the next start of a member starts it again.
 */

import { watch } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { GatewayDriver } from "../../hypervisors/driver.ts";
import { takeLock } from "../../lib/folder-lock.ts";
import { listenPrivately } from "../../lib/listen-privately.ts";
import { factsOf } from "../plan-network.ts";
import { type NetworkRecord, networkFiles, readNetwork, SWITCH_LOCK } from "../record.ts";
import { Link } from "./link.ts";
import { Switching, WAY_OUT } from "./switching.ts";
import { WayOut } from "./way-out.ts";

/** A watch of a folder can miss a change. */
const LOOK_EVERY_MS = 1000;
/** An engine is connected for as long as it lives, and one that is restarted is back sooner. */
const IDLE_MS = 60_000;
const MAX_ASKERS = 16;
const MAX_QUESTION_BYTES = 1000;

/** Runs until the network is removed, nobody needs it, or somebody asks for the end. Settles at once where another switch serves it. */
export async function runSwitch(
  folder: string,
  socketFolder: string,
  gateway: GatewayDriver,
  idleMs = IDLE_MS,
): Promise<void> {
  const files = networkFiles(folder, socketFolder);
  const lock = takeLock(folder, SWITCH_LOCK);
  if (!lock) return;
  const record = await readNetwork(files.record);
  if (!record) return lock.release();

  const switching = new Switching(factsOf(record));
  const links = new Map<string, Link>();
  connectMembers(record, switching, links);
  const wayOut = record.wayOut ? new WayOut(files, switching, gateway) : undefined;
  const isOver = new AbortController();
  const control = await answerAt(files.control, (question) => {
    if (question === "end") isOver.abort();
    return report(switching, [...links.keys()], record.wayOut);
  });
  // Without it the network is still one.
  wayOut
    ?.open(switching.network.subnet)
    .catch((error: unknown) => console.error(`No outbound access: ${String(error)}`));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => isOver.abort());

  const isNeeded = async () =>
    (await connectionsOf(control)) > 0 || [...links.keys()].some((id) => switching.isPlugged(id));
  const stopWatching = watchIdle(isNeeded, idleMs, () => isOver.abort());

  await followRecord(folder, files.record, isOver.signal, (now) => {
    switching.network = factsOf(now);
    connectMembers(now, switching, links);
  });

  stopWatching();
  wayOut?.close();
  control.close();
  for (const link of links.values()) link.close();
  lock.release();
}

function connectMembers({ members }: NetworkRecord, switching: Switching, links: Map<string, Link>): void {
  for (const [id, link] of links) {
    if (members.some(({ instance, socket }) => instance === id && socket === link.path)) continue;
    link.close();
    links.delete(id);
  }
  for (const { instance, socket } of members)
    if (!links.has(instance)) links.set(instance, new Link(instance, socket, switching));
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count = 0) => resolve(count)));
}

/** Calls `ended` when it was not needed for so long. Returns what ends the watch. */
function watchIdle(isNeeded: () => Promise<boolean>, idleMs: number, ended: () => void): () => void {
  let neededAt = performance.now();
  const timer = setInterval(
    async () => {
      if (await isNeeded()) neededAt = performance.now();
      else if (performance.now() - neededAt >= idleMs) ended();
    },
    Math.min(LOOK_EVERY_MS, idleMs),
  );
  return () => clearInterval(timer);
}

/** Settles when the record is gone, or with `signal`. */
async function followRecord(
  folder: string,
  path: string,
  signal: AbortSignal,
  changed: (record: NetworkRecord) => void,
): Promise<void> {
  let seen = await markOf(path);
  await new Promise<void>((resolve) => {
    let isLooking = false;
    const look = async () => {
      if (isLooking) return;
      isLooking = true;
      const mark = await markOf(path);
      if (mark === undefined) resolve();
      else if (mark !== seen) {
        seen = mark;
        const record = await readNetwork(path).catch(() => undefined);
        if (record) changed(record);
      }
      isLooking = false;
    };
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    const watcher = watch(folder, () => void look());
    // The folder is gone: the next look finds that out.
    watcher.on("error", () => watcher.close());
    signal.addEventListener("abort", () => resolve(), { once: true });
    void look();
    signal.addEventListener("abort", () => clearInterval(timer));
  });
}

/** What tells one state of the record from another. */
async function markOf(path: string): Promise<string | undefined> {
  return stat(path).then(
    ({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`,
    () => undefined,
  );
}

function report(switching: Switching, members: readonly string[], hasWayOut: boolean): unknown {
  const trafficOf = (id: string) => ({ connected: switching.isPlugged(id), ...switching.countsOf(id) });
  return {
    pid: process.pid,
    members: members.map((instance) => ({ instance, ...trafficOf(instance) })),
    ...(hasWayOut && { wayOut: trafficOf(WAY_OUT) }),
  };
}

/** One question a line, one line of JSON an answer. */
async function answerAt(path: string, answer: (question: string) => unknown): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer((socket: Socket) => {
    let unread = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      const lines = (unread + bytes.toString("latin1")).split("\n");
      unread = lines.pop() ?? "";
      if (unread.length > MAX_QUESTION_BYTES) return socket.destroy();
      for (const line of lines) socket.write(`${JSON.stringify(answer(line.trim()))}\n`);
      return undefined;
    });
  });
  server.maxConnections = MAX_ASKERS;
  await listenPrivately(server, path);
  return server;
}
