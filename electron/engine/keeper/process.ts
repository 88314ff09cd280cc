/**
 * The keeper of one home, as a process of its own: it outlives the engine as machines do, so that what they write stays
 * bounded, and goes on, with or without an engine. It ends when no machine needs it and no engine has been there for a
 * while, and when its home is deleted.
 */

import { rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { makeSocketFolder } from "../hypervisors/instance-files.ts";
import { takeLock } from "../lib/folder-lock.ts";
import { listenPrivately } from "../lib/listen-privately.ts";
import { parseJson } from "../lib/parse-json.ts";
import { Keeping } from "./keeping.ts";
import { KEEPER_LOCK, keeperSocket, MAX_LINE_CHARACTERS, parseLimits, parseRequest } from "./protocol.ts";

const LOOK_EVERY_MS = 1000;
const MAX_ASKERS = 16;

/** Settles at once where another keeper serves this home. */
export async function runKeeper(home: string, wanted: unknown, idleMs: number): Promise<void> {
  const limits = parseLimits(wanted);
  if (!limits) throw new Error("The keeper needs its limits: console, trace and capture, in bytes");
  const lock = takeLock(home, KEEPER_LOCK);
  if (!lock) return;
  const keeping = new Keeping(limits);
  const { folder, path } = keeperSocket(home);
  await makeSocketFolder(folder, home);
  const askers = new Set<Socket>();
  const server = await answerAt(path, keeping, askers);
  const inode = statSync(home).ino;
  for (let idleSince = performance.now(); performance.now() - idleSince < idleMs; await sleep(LOOK_EVERY_MS)) {
    if (statSync(home, { throwIfNoEntry: false })?.ino !== inode) break;
    if (!keeping.isIdle || askers.size > 0) idleSince = performance.now();
  }
  server.close();
  for (const asker of askers) asker.destroy();
  keeping.close();
  lock.release();
}

async function answerAt(path: string, keeping: Keeping, askers: Set<Socket>): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket: Socket) => {
    let unread = "";
    askers.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => askers.delete(socket));
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (unread + text).split("\n");
      unread = lines.pop() ?? "";
      if (unread.length > MAX_LINE_CHARACTERS) socket.destroy();
      for (const line of lines)
        answer(keeping, line)
          .then((text) => text && socket.write(text))
          .catch((error: unknown) => console.error(error));
    });
  });
  server.maxConnections = MAX_ASKERS;
  await listenPrivately(server, path);
  return server;
}

/** Nothing for what is no request. */
async function answer(keeping: Keeping, line: string): Promise<string | undefined> {
  const request = parseRequest(parseJson(line));
  if (!request) return undefined;
  switch (request.ask) {
    case "limits":
      keeping.limits = request.limits;
      break;
    case "keep":
      keeping.keep(request.folder, request);
      break;
    case "settle":
      await keeping.settle(request.folder);
      break;
  }
  return `${JSON.stringify({ number: request.number })}\n`;
}
