/**
 * Kills the engine, a terminal or QEMU with -9 at random moments, again and again, and looks each time whether anything
 * was lost: an image, a byte of a console, an exit code, a process that nobody knows of, a state that lies.
 *
 * A round: a machine that counts on its console is started through the terminal or the web host, another image may be in
 * the making; after a random time somebody dies; a web host is started anew where it was the one, and by the next round
 * the home must be in order.
 */

import { access, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { program } from "../e2e/support/programs.ts";
import { World } from "../e2e/support/world.ts";
import { findMachines } from "../electron/engine/hypervisors/qemu/process-table.ts";
import { resolveHomes } from "../electron/engine/lib/homes.ts";
import type { Instance } from "../shared/contract/instances.ts";
import { Random } from "./random.ts";
import { Terminal } from "./terminal.ts";
import { WebClient } from "./web-client.ts";

export interface KillTrialOptions {
  rounds: number;
  seed: number;
  say?: (line: string) => void;
}

export interface KillTrialOutcome {
  kills: { engine: number; terminal: number; qemu: number };
  /** Machines whose whole life was checked. */
  instances: number;
  /** Builds that were under way when somebody died. */
  builds: number;
}

/** The exit code of the guest that counts, and how far it counts unless it is told. */
const GUEST_CODE = 7;
const TICKS = 10;
const SETTLE_MS = 15_000;

/** Throws at the first thing that is wrong, with the round and the seed. */
export async function killTrial({ rounds, seed, say }: KillTrialOptions): Promise<KillTrialOutcome> {
  const random = new Random(seed);
  await using world = await World.create();
  const trial = new Trial(world, random);
  await trial.open();
  for (let round = 1; round <= rounds; round++) {
    try {
      await trial.round();
    } catch (error) {
      throw new Error(`round ${round} of seed ${seed}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    if (round % 50 === 0) say?.(`${round} rounds: ${JSON.stringify(trial.outcome)}`);
  }
  return trial.outcome;
}

class Trial {
  readonly outcome: KillTrialOutcome = { kills: { engine: 0, terminal: 0, qemu: 0 }, instances: 0, builds: 0 };
  readonly #world: World;
  readonly #random: Random;
  readonly #homes;
  readonly #ticker = program("ticker.c");
  #web: WebClient | undefined;
  /** Lines that this round's program writes. */
  #count = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#homes = resolveHomes(world.environment, world.folder);
  }

  async open(): Promise<void> {
    this.#web = await WebClient.serve(this.#world);
    await this.#world.unideckJson(["build", this.#ticker, "--name", "ticker"]);
  }

  async round(): Promise<void> {
    const web = this.#web ?? (await WebClient.serve(this.#world));
    this.#web = web;
    const count = this.#random.between(20, 200);
    this.#count = count;
    const wasBuilding = this.#random.isLikely(0.3);
    if (wasBuilding) {
      this.outcome.builds++;
      await web.post("/images", {
        program: this.#ticker,
        name: "rebuilt",
        force: true,
        arguments: [`${count}`],
      });
    }
    const terminal = this.#random.isLikely(0.6) ? Terminal.run(this.#world, this.#ticker, count) : undefined;
    if (!terminal || this.#random.isLikely(0.3)) await web.startMachine("ticker");
    await sleep(this.#random.between(0, 700));

    await this.#kill(web, terminal);
    if (terminal && !terminal.wasKilled) await this.#checkTerminal(terminal);
    await this.#checkHome();
  }

  async #kill(web: WebClient, terminal: Terminal | undefined): Promise<void> {
    const victim = this.#random.pick(["engine", "engine", "terminal", "qemu"]);
    if (victim === "engine" || (victim === "terminal" && !terminal)) {
      this.outcome.kills.engine++;
      await web.kill();
      this.#web = undefined;
      // Now and then nobody is left.
      if (terminal && this.#random.isLikely(0.3)) await terminal.kill();
      return;
    }
    if (victim === "terminal") {
      this.outcome.kills.terminal++;
      await terminal?.kill();
      return;
    }
    const [machine] = await findMachines(this.#homes.instances);
    if (!machine) return;
    this.outcome.kills.qemu++;
    terminal?.forgive();
    try {
      process.kill(machine.handle.pid, "SIGKILL");
    } catch {
      // It has ended by itself in this moment.
    }
  }

  /** A terminal that lived sees every line and the guest's code, whichever process died meanwhile; unless its machine did. */
  async #checkTerminal(terminal: Terminal): Promise<void> {
    const { code, stdout, stderr } = await terminal.ended;
    const lines = checkCounting(stdout, "the terminal");
    if (terminal.isForgiven) return;
    // Between its build and its machine's start an engine that dies takes the task with it, and says so.
    if (this.#web === undefined && /was interrupted|engine ended/.test(stderr)) return;
    if (code !== GUEST_CODE) throw new Error(`the terminal ended with ${code}: ${stderr}`);
    if (lines !== terminal.count) throw new Error(`the terminal saw ${lines} lines of ${terminal.count}`);
  }

  async #checkHome(): Promise<void> {
    this.#web ??= await WebClient.serve(this.#world);
    const web = this.#web;
    const instances = await this.#settled(web);
    const machines = await findMachines(this.#homes.instances);
    if (machines.length > 0) throw new Error(`QEMU runs that nobody knows of: ${JSON.stringify(machines)}`);
    for (const instance of instances) await this.#checkInstance(web, instance);
    await this.#checkImages(web);
    for (const { id } of instances) await web.remove(id);
    const left = await readdir(this.#homes.instances);
    if (left.length > 0) throw new Error(`left in instances/: ${left.join(", ")}`);
  }

  /** All instances, once none is alive. */
  async #settled(web: WebClient): Promise<Instance[]> {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const instances = await web.instances();
      const alive = instances.filter(({ state }) => ["starting", "running", "stopping"].includes(state));
      const tasks = await web.tasks();
      if (alive.length === 0 && tasks.every(({ state }) => state !== "running")) return instances;
      if (Date.now() > deadline)
        throw new Error(`still alive: ${JSON.stringify(alive.map(({ id, state, pid }) => ({ id, state, pid })))}`);
      for (const { id, pid } of alive)
        if (pid !== undefined && !(await isThere(`/proc/${pid}`)) && (await web.instance(id)).pid === pid)
          await sleep(20);
      await sleep(20);
    }
  }

  async #checkInstance(web: WebClient, instance: Instance): Promise<void> {
    const folder = join(this.#homes.instances, instance.id);
    const text = await web.console(instance.id);
    const onDisk = (await stat(join(folder, "serial.log"))).size + (await stat(join(folder, "console.log"))).size;
    const who = `${instance.name} (${instance.state}, ${JSON.stringify(instance.exit)})`;
    if (Buffer.byteLength(text) !== onDisk) throw new Error(`${who}: ${text.length} bytes of console of ${onDisk}`);
    const lines = checkCounting(text, who);
    if (instance.state === "created") return;
    this.outcome.instances++;
    const events = await readFile(join(folder, "events.jsonl"), "utf8");
    const hasEnded = /"event":"exit".*\n/.test(events);
    if (instance.state !== "exited" && instance.state !== "failed") throw new Error(`${who}: the state lies`);
    if (hasEnded !== (instance.exit?.code === GUEST_CODE)) throw new Error(`${who}: its events say ${events}`);
    if (hasEnded && instance.state !== "exited") throw new Error(`${who}: it exited`);
    const wanted = instance.image === "ticker" ? TICKS : this.#count;
    if (hasEnded && wanted !== lines) throw new Error(`${who}: ${lines} lines of ${wanted}`);
    if (lines > 0 && instance.commandLine.length === 0) throw new Error(`${who}: nobody knows how it was started`);
  }

  /** An image is whole or not there, and nothing lies in the staging folder. */
  async #checkImages(web: WebClient): Promise<void> {
    const images = await web.images();
    if (!images.some(({ name }) => name === "ticker")) throw new Error("the image is gone");
    for (const { name } of images) await web.get(`/images/${name}`);
    const staged = await readdir(this.#homes.opsStaging).catch(() => []);
    if (staged.length > 0) throw new Error(`left in the staging folder: ${staged.join(", ")}`);
  }
}

/** How many lines there are. Throws where one is missing, doubled or torn, the last one excepted. */
function checkCounting(text: string, who: string): number {
  const lines = text.split("\n").filter((line) => line.startsWith("tick "));
  for (const [i, line] of lines.entries()) {
    const isLast = i === lines.length - 1;
    const wanted = `tick ${i + 1}`;
    if (line.trimEnd() !== wanted && !(isLast && wanted.startsWith(line)))
      throw new Error(`${who}: “${line}” where “${wanted}” belongs`);
  }
  return lines.length;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
