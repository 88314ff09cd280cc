/** The engine's side of the keeper: started early, asked, started again where it dies. Nobody waits for its start. */

import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, realpathSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "../lib/launch.ts";
import { parseJson } from "../lib/parse-json.ts";
import { keeperSocket, type Limits, MAX_LINE_CHARACTERS, parseAnswer, type Request } from "./protocol.ts";

const CONNECT_EVERY_MS = 20;
/** Node starts in a tenth of a second; a busy machine takes longer. */
const START_LIMIT_MS = 30_000;
const KEEPER_LOG = "keeper.log";
/**
 * It runs beside every home's machines, and mostly waits for the system: a compiler of its hot code, and a young generation of
 * the usual size, take a fifth of its memory. Only at the start: once V8 runs, they change nothing.
 */
const SMALL = ["--max-opt=1", "--max-semi-space-size=1", "--max-old-space-size=24", "--v8-pool-size=1"];
/** With which Node ends where it does not know an option. */
const BAD_OPTION = 9;
const RESTART_AFTER_MS = 200;
const SETTLE_LIMIT_MS = 10_000;

type Unnumbered = Request extends infer Each ? (Each extends Request ? Omit<Each, "number"> : never) : never;

export interface KeeperOptions {
  /** Unideck's home. */
  home: string;
  /** The keeper's program. */
  program: string;
  limits(): Limits;
  warn(sentence: string): void;
}

/** A machine that is to be kept. */
export interface Kept {
  folder: string;
  run: number;
  plain: boolean;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #waiting = new Map<number, () => void>();
  #socket: Promise<Socket> | undefined;
  #number = 0;
  #isClosed = false;
  #hasWarned = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Starts it where none runs. */
  warmUp(): void {
    if (this.#isClosed) return;
    this.#socket ??= this.#connect().catch((error: unknown) => {
      this.#socket = undefined;
      if (!this.#hasWarned && !this.#isClosed)
        this.#options.warn(`The output of instances cannot be saved: ${String(error)}`);
      this.#hasWarned = true;
      throw error;
    });
    this.#socket.catch(() => undefined);
  }

  /** From a machine's start on. */
  keep(kept: Kept): void {
    this.#kept.set(kept.folder, kept);
    const isThere = this.#socket !== undefined;
    this.warmUp();
    // A new connection begins with all of them.
    if (isThere) void this.#ask({ ask: "keep", ...kept });
  }

  /** Settles when it has seen which pipes of captures a machine has; false where it does not answer. */
  async lookAgain(folder: string): Promise<boolean> {
    const kept = this.#kept.get(folder);
    // Without a machine there is nothing to be read.
    return kept === undefined || this.#ask({ ask: "keep", ...kept });
  }

  /** Settles when what a machine wrote is in its logs; it has ended. */
  async settle(folder: string): Promise<void> {
    const limit = AbortSignal.timeout(SETTLE_LIMIT_MS);
    const isSettled = await this.#ask({ ask: "settle", folder }, limit);
    if (!isSettled) this.#options.warn(`The last output of the instance in ${folder} may be missing`);
    this.#kept.delete(folder);
  }

  changeLimits(): void {
    if (this.#socket) void this.#ask({ ask: "limits", limits: this.#options.limits() });
  }

  /** Lets go: it runs on for as long as machines need it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#socket?.catch(() => undefined))?.destroy();
  }

  /** Asks again where the keeper dies before its answer; false with `limit`, or without a keeper. */
  async #ask(request: Unnumbered, limit = AbortSignal.timeout(SETTLE_LIMIT_MS)): Promise<boolean> {
    while (!limit.aborted && !this.#isClosed) {
      this.warmUp();
      const socket = await this.#socket?.catch(() => undefined);
      if (!socket || socket.destroyed) {
        await sleep(CONNECT_EVERY_MS);
        continue;
      }
      if (await this.#askOnce(socket, request, limit)) return true;
    }
    return false;
  }

  #askOnce(socket: Socket, request: Unnumbered, limit: AbortSignal): Promise<boolean> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      const settle = (isAnswered: boolean) => {
        this.#waiting.delete(number);
        if (this.#waiting.size === 0) socket.unref();
        socket.off("close", lost);
        limit.removeEventListener("abort", lost);
        resolve(isAnswered);
      };
      const lost = () => settle(false);
      this.#waiting.set(number, () => settle(true));
      // The process must not end before the answer, where it has nothing else to wait for.
      socket.ref();
      socket.once("close", lost);
      limit.addEventListener("abort", lost, { once: true });
      socket.write(`${JSON.stringify({ number, ...request })}\n`);
    });
  }

  async #connect(): Promise<Socket> {
    const home = realpathSync(this.#options.home);
    const { path } = keeperSocket(home);
    const socket = (await dial(path)) ?? (await this.#start(home, path));
    this.#hasWarned = false;
    socket.unref();
    socket.setMaxListeners(0);
    let unread = "";
    socket.on("data", (text: string) => {
      const lines = (unread + text).split("\n");
      unread = (lines.pop() ?? "").slice(0, MAX_LINE_CHARACTERS);
      for (const line of lines) this.#waiting.get(parseAnswer(parseJson(line)) ?? -1)?.();
    });
    socket.once("close", () => {
      this.#socket = undefined;
      if (this.#isClosed || this.#kept.size === 0) return;
      this.#options.warn("The keeper of the instances' output exited and is restarted");
      setTimeout(() => this.warmUp(), RESTART_AFTER_MS).unref();
    });
    const requests: Unnumbered[] = [{ ask: "limits", limits: this.#options.limits() }];
    for (const kept of this.#kept.values()) requests.push({ ask: "keep", ...kept });
    for (const request of requests) socket.write(`${JSON.stringify({ number: 0, ...request })}\n`);
    return socket;
  }

  async #start(home: string, path: string): Promise<Socket> {
    // Electron is a Node where it is told to be.
    const env = { ...process.env, ...(process.versions.electron && { ELECTRON_RUN_AS_NODE: "1" }) };
    const words = [this.#options.program, home, JSON.stringify(this.#options.limits())];
    let child: ChildProcess | undefined;
    let reason = "the keeper does not answer";
    for (const end = performance.now() + START_LIMIT_MS; performance.now() < end && !this.#isClosed; ) {
      // One that finds another at its end, with the lock still held, ends too.
      if (!child || child.exitCode !== null) {
        const options = child?.exitCode === BAD_OPTION ? [] : SMALL;
        child = spawnWithLog(join(home, KEEPER_LOG), [...options, ...words], env);
        child.once("error", (error) => {
          reason = String(error);
        });
        child.unref();
      }
      const socket = await dial(path);
      if (socket) return socket;
      if (child.pid === undefined) break;
      await sleep(CONNECT_EVERY_MS);
    }
    throw new Error(reason);
  }
}

/** The log has what the latest one said. */
function spawnWithLog(path: string, words: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(path, "w", 0o600);
  try {
    return launch(process.execPath, words, { cwd: "/", detached: true, stdio: ["ignore", log, log], env });
  } finally {
    closeSync(log);
  }
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path).setEncoding("utf8");
    socket.once("connect", () => resolve(socket));
    socket.on("error", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}
