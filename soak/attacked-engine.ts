/** An engine in a process of its own that is attacked, and what may not have changed afterwards. */

import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Serving, World } from "../e2e/support/world.ts";
import { resolveHomes } from "../electron/engine/lib/homes.ts";
import { findResources } from "../electron/engine/lib/resources.ts";
import { type Connection, connectToEngine } from "../electron/hosts/connect.ts";
import type { UnideckClient } from "../shared/contract/index.ts";

/** What an engine may have grown by: its garbage is not collected at once. */
const MAX_GROWTH_BYTES = 256 << 20;
const MAX_MORE_FILES = 16;
/** Files that were open for something that has just ended are closed within this. */
const SETTLE_LIMIT_MS = 20_000;

interface Facts {
  residentBytes: number;
  openFiles: number;
  files: string[];
}

export class AttackedEngine implements AsyncDisposable {
  readonly port: number;
  readonly token: string;
  readonly #world: World;
  readonly #process: Serving["process"];
  readonly #connection: Connection;
  #before: Facts | undefined;

  private constructor(world: World, serving: Serving, connection: Connection) {
    this.#world = world;
    this.#process = serving.process;
    this.port = serving.port;
    this.token = serving.token;
    this.#connection = connection;
  }

  static async open(world: World): Promise<AttackedEngine> {
    const serving = await world.startServing(0);
    const connection = await connectToEngine({ homes: resolveHomes(world.environment), resources: findResources() });
    if (connection.role() !== "client") throw new Error("the engine is not the process that serves");
    return new AttackedEngine(world, serving, connection);
  }

  get client(): UnideckClient {
    return this.#connection.client;
  }

  /** What is now is what `checkUnharmed` compares with. */
  async remember(): Promise<void> {
    this.#before = await this.#facts();
  }

  /** Throws where the engine has ended, met a bug, holds much more than before, or left files behind. */
  async checkUnharmed(): Promise<void> {
    const before = this.#before;
    if (!before) throw new Error("nothing was remembered");
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) throw new Error("the engine has ended");
    await this.client.instances.list();
    const log = await readFile(this.#world.path(".unideck", "logs", "engine.log"), "utf8").catch(() => "");
    const bug = /^\S+ error .*$/m.exec(log)?.[0];
    if (bug) throw new Error(`the engine met a bug: ${bug}`);
    let now = await this.#facts();
    for (const end = Date.now() + SETTLE_LIMIT_MS; hasMore(now, before) && Date.now() < end; now = await this.#facts())
      await sleep(200);
    if (now.openFiles > before.openFiles + MAX_MORE_FILES)
      throw new Error(`the engine has ${now.openFiles} open files, and had ${before.openFiles}`);
    if (now.residentBytes > before.residentBytes + MAX_GROWTH_BYTES)
      throw new Error(`the engine holds ${now.residentBytes >> 20} MiB, and held ${before.residentBytes >> 20}`);
    const left = now.files.filter((file) => !before.files.includes(file));
    if (left.length > 0) throw new Error(`files were left behind: ${left.slice(0, 5).join(", ")}`);
  }

  async #facts(): Promise<Facts> {
    const pid = this.#process.pid ?? 0;
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const entries = await readdir(this.#world.folder, { recursive: true, withFileTypes: true });
    return {
      residentBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
      openFiles: (await openFilesOf(pid)).length,
      files: entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
    this.#process.kill("SIGTERM");
  }
}

const hasMore = (now: Facts, before: Facts) =>
  now.openFiles > before.openFiles + MAX_MORE_FILES || now.residentBytes > before.residentBytes + MAX_GROWTH_BYTES;

async function openFilesOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  const files = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => undefined)));
  return files.filter((file) => file !== undefined);
}
