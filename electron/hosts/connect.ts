/**
 * One engine a home: a host that starts takes the lock and is the engine, or finds it taken and is a client of the
 * process that holds it. When the engine goes, its clients try the same again; one becomes the engine and the others
 * its clients.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { type ClientContext, type ClientLink, createORPCClient } from "@orpc/client";
import type { UnideckClient } from "../../shared/contract/index.ts";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";
import { Problem } from "../../shared/problem.ts";
import { type FolderLock, takeLock } from "../engine/lib/folder-lock.ts";
import type { Homes } from "../engine/lib/homes.ts";
import type { Resources } from "../engine/lib/resources.ts";
import { prepareSocketPath, readAddress, removeAddress, writeAddress } from "./engine-address.ts";
import { type Attachment, EngineLink } from "./engine-link.ts";
import type { EngineSocket } from "./engine-socket.ts";
import type { EngineRouter } from "./router.ts";

export interface ConnectOptions {
  homes: Homes;
  resources: Resources;
  /** An engine that ends at once serves no other host; they wait for its end. */
  isBrief?: boolean;
  /** Never becomes the engine: it waits for one that another process opens. */
  isClient?: boolean;
  /** A command, which stays no longer than its work: its engine does for others only what they begin to need. */
  isCommand?: boolean;
  /** How long an engine may be without a sign of life. */
  silenceMs?: number;
}

export interface Connection {
  /** The engine, wherever it is. Survives the end of the process that it is in. */
  readonly client: UnideckClient;
  /** The same, to be served on (relay.ts). */
  readonly link: ClientLink<ClientContext>;
  role(): Attachment["role"] | undefined;
  /**
   * Lets go of the engine. If it is in this process, it ends, and another host that is connected carries on; with
   * `finishWork` it first ends what it does for others: their calls and all tasks.
   */
  close(options?: { finishWork?: boolean }): Promise<void>;
}

/** Between two tries to become the engine or to reach it. */
const RETRY_MS = 20;
/** A command that takes longer than this lets other hosts in. */
const COMMAND_DOOR_MS = 300;
/** An engine may need this long to start, or to end, with its lock held and nobody answering. */
const ATTACH_TIMEOUT_MS = 15_000;

/** Finds the engine of these homes, or becomes it. Throws engine.version, engine.busy. */
export async function connectToEngine(options: ConnectOptions): Promise<Connection> {
  const closing = new AbortController();
  let current = attach(options, closing.signal);
  let role: Attachment["role"] | undefined;

  let hasFailed = false;
  const again = () => {
    role = undefined;
    hasFailed = false;
    current = attach(options, closing.signal);
    // Waiting callers get the failure, and the next call starts over.
    current.then(follow, () => {
      hasFailed = true;
    });
  };
  const follow = (attachment: Attachment) => {
    role = attachment.role;
    void attachment.lost.then(() => {
      if (!closing.signal.aborted) again();
    });
  };
  follow(await current);

  const link = new EngineLink(async () => {
    if (hasFailed && !closing.signal.aborted) again();
    let attachment = await current;
    while (attachment.isLost() && !closing.signal.aborted) {
      await attachment.lost;
      attachment = await current;
    }
    if (closing.signal.aborted) throw new Problem("engine.gone", "This connection to the engine was closed");
    return attachment;
  });
  return {
    client: createORPCClient(link),
    link,
    role: () => role,
    close: async ({ finishWork = false } = {}) => {
      const attachment = await current.catch(() => undefined);
      if (finishWork) await attachment?.finishWork();
      closing.abort();
      await attachment?.close();
    },
  };
}

async function attach(options: ConnectOptions, signal: AbortSignal): Promise<Attachment> {
  const { silenceMs } = options;
  const { unideck: home } = options.homes;
  const deadline = performance.now() + ATTACH_TIMEOUT_MS;
  for (;;) {
    const lock = options.isClient ? undefined : takeLock(home);
    if (lock) return becomeEngine(lock, options);
    const address = await readAddress(home);
    if (address) {
      const { attachTo } = await import("./engine-client.ts");
      const attachment = await attachTo(address, { home, silenceMs });
      if (attachment) return attachment;
    }
    if (performance.now() > deadline) throw await (await import("./silent-engine.ts")).silentEngine(home, address);
    await sleep(RETRY_MS, undefined, { signal });
  }
}

/** The engine is a large part of the program, and a client does not need it: it is loaded only here. */
async function becomeEngine(
  lock: FolderLock,
  { homes, resources, isBrief, isCommand }: ConnectOptions,
): Promise<Attachment> {
  const closers: (() => unknown)[] = [() => lock.release()];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  try {
    const { openEngine } = await import("../engine/engine.ts");
    const { createRouter } = await import("./router.ts");
    const { localLink } = await import("./local-link.ts");

    if (isCommand) {
      // It parses little: to compile a schema for that takes longer than to interpret it.
      const { z } = await import("zod");
      z.config({ jitless: true });
    }
    const engine = await openEngine({ homes, resources, isCommand });
    closers.push(() => engine.close());
    const router = createRouter(engine);
    const open = () => openDoor(router, homes.unideck, resources.version, engine.settle);
    const openLate = () => doorOfCommand(open, (error) => engine.log.error("the door for other hosts", error));
    const door = isBrief ? undefined : isCommand ? openLate() : await open();
    if (door) closers.push(() => door.close());
    return {
      role: "engine",
      link: localLink(router),
      lost: new Promise(() => undefined),
      isLost: () => false,
      finishWork: async () => {
        const isBusy = () => door?.callsInFlight() || engine.tasks.isBusy();
        while (isBusy()) await sleep(RETRY_MS);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens when the command has lasted: one that is done before has nobody to let in, and those who wait see its end. */
function doorOfCommand(open: () => Promise<EngineSocket>, report: (error: unknown) => void): EngineSocket {
  let opening: Promise<EngineSocket | undefined> | undefined;
  let door: EngineSocket | undefined;
  const timer = setTimeout(() => {
    opening = open().catch((error: unknown) => {
      report(error);
      return undefined;
    });
    void opening.then((opened) => {
      door = opened;
    });
  }, COMMAND_DOOR_MS);
  return {
    callsInFlight: () => door?.callsInFlight() ?? 0,
    close: async () => {
      clearTimeout(timer);
      await (await opening)?.close();
    },
  };
}

/** Lets other hosts in, and says when one comes. */
async function openDoor(
  router: EngineRouter,
  home: string,
  version: string,
  onPeer: () => void,
): Promise<EngineSocket> {
  const { serveEngine } = await import("./engine-socket.ts");
  const socket = await prepareSocketPath(home);
  const door = await serveEngine(router, socket, onPeer);
  await writeAddress(home, { pid: process.pid, socket, version, contract: CONTRACT_VERSION });
  return {
    callsInFlight: () => door.callsInFlight(),
    close: async () => {
      await removeAddress(home);
      await door.close();
    },
  };
}
