/** The guest's date: set by the program, corrected by the engine after a pause, and by the real-time clock without one. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { expect, test } from "@playwright/test";
import { QmpClient } from "../electron/engine/hypervisors/qemu/qmp.ts";
import { buildFile } from "./support/bare-boot.ts";
import { onPith } from "./support/guest.ts";
import { program } from "./support/programs.ts";
import { World, waitForOutput } from "./support/world.ts";

const PAUSE_MS = 3_000;

test("a program sets the date: what waits for a date follows, everything else goes on", async () => {
  await using world = await World.create();

  const { code, said } = await onPith(world, program("date.c"), { arguments: ["set"] });

  expect(said.split("\n").filter((line) => line && !line.startsWith("ok: "))).toEqual([]);
  expect(said.match(/^ok: /gm)).toHaveLength(14);
  expect(code).toBe(0);
});

test("the guest's date is right again within a second of its own clock after a pause, which has not stepped back", async () => {
  await using world = await World.create();
  const running = world.spawn(["run", program("date.c"), "--name", "dated", "--arg=both"]);
  await waitForOutput(running, "ready");
  const guest = new Guest(running);
  await guest.becomesRight(20, 15_000);

  const { tickNs: pausedNs, offsetNs } = await guest.lastTickOf(async () => {
    await world.unideckJson(["pause", "dated"]);
    await passes(PAUSE_MS);
  });
  await world.unideckJson(["resume", "dated"]);
  const setNs = await guest.dateIsSet(offsetNs + (BigInt(PAUSE_MS) * 1_000_000n) / 2n);
  await guest.becomesRight(50, 15_000);

  // The guest's own clock stood still meanwhile: how long a command takes does not count.
  expect(Number(setNs - pausedNs) / 1e6).toBeLessThan(1_000);
  expect(guest.wentBack).toBe(false);
});

test("a machine that was paused while no engine was there has the right date once one adopts it", async () => {
  await using world = await World.create();
  const running = world.spawn(["run", program("date.c"), "--name", "dated", "--arg=tick"]);
  await waitForOutput(running, "now ");
  const [instance] = await instances(world);
  running.kill("SIGKILL");
  const monitor = await QmpClient.connect(world.path(".unideck", "instances", instance?.id ?? "", "qmp.sock"));
  await monitor.execute("stop");
  await passes(PAUSE_MS);
  await monitor.execute("cont");
  monitor.close();

  const adopting = world.spawn(["logs", "dated", "--follow"]);
  const lines = createInterface({ input: adopting.stdout });

  await expectSoon(lines, 50_000_000);
});

test("without an engine the real-time clock corrects the date to within a second", async () => {
  await using world = await World.create();
  const image = await buildFile(world, program("date.c"), ["--arg=tick"]);
  const socket = world.path("bare.sock");
  const qemu = spawn("qemu-system-x86_64", [
    ...["-machine", "q35,accel=tcg", "-cpu", "max", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none"],
    ...["-serial", "stdio", "-drive", `file=${image},format=raw,if=virtio,snapshot=on`],
    ...["-qmp", `unix:${socket},server=on,wait=off`],
  ]);
  try {
    await waitForOutput(qemu, "now ");
    const monitor = await QmpClient.connect(socket);
    await monitor.execute("stop");
    await passes(PAUSE_MS);
    await monitor.execute("cont");

    await expectSoon(createInterface({ input: qemu.stdout }), 1_000_000_000);
  } finally {
    qemu.kill("SIGKILL");
  }
});

interface Known {
  id: string;
}

async function instances(world: World): Promise<Known[]> {
  const all = await world.unideckJson(["ps", "--all"]);
  return Array.isArray(all) ? all : [];
}

/** The time of a pause itself. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function parse(line: string): Told | undefined {
  const [, date, called, monotonic] = /^now (\d+) (\d+) (\d+)$/.exec(line.trim()) ?? [];
  if (date === undefined || called === undefined || monotonic === undefined) return undefined;
  return { date: BigInt(date), called: BigInt(called), monotonic: BigInt(monotonic) };
}

const hostNs = () => BigInt(Date.now()) * 1_000_000n;

/** Reads lines of a program that tells its date unasked until one is at most that late; a line's own way counts as lateness. */
async function expectSoon(lines: Interface, toleratedNs: number): Promise<void> {
  const limit = AbortSignal.timeout(75_000);
  limit.addEventListener("abort", () => lines.close());
  let late: number | undefined;
  for await (const line of lines) {
    const told = parse(line);
    if (!told) continue;
    late = Number(hostNs() - told.date);
    if (late < toleratedNs) return;
  }
  throw new Error(`the guest's date is still ${late} ns late`);
}

interface Told {
  date: bigint;
  called: bigint;
  monotonic: bigint;
}

/** A program that tells its date for each line, and unasked a hundred times a second. */
class Guest {
  wentBack = false;
  readonly #running: ChildProcessWithoutNullStreams;
  readonly #news = new EventEmitter();
  #tick: Told | undefined;

  constructor(running: ChildProcessWithoutNullStreams) {
    this.#running = running;
    createInterface({ input: running.stdout }).on("line", (line) => this.#take(line));
  }

  /** The guest's own clock, and by how much its date is ahead of it, at the last tick in the time of `work`. */
  async lastTickOf(work: () => Promise<void>): Promise<{ tickNs: bigint; offsetNs: bigint }> {
    await work();
    const tick = this.#tick;
    if (!tick) throw new Error("the program has not ticked");
    return { tickNs: tick.monotonic, offsetNs: tick.date - tick.monotonic };
  }

  /** The guest's own clock when its date was at least that much ahead of it. */
  async dateIsSet(offsetNs: bigint): Promise<bigint> {
    const signal = AbortSignal.timeout(15_000);
    for await (const [tick] of on(this.#news, "tick", { signal })) {
      if (tick.date - tick.monotonic >= offsetNs) return tick.monotonic;
    }
    throw new Error("the date was not set");
  }

  /** Asks until both ways to read the date are wrong by that much at most. */
  async becomesRight(toleratedMs: number, limitMs: number): Promise<void> {
    const signal = AbortSignal.timeout(limitMs);
    let worst = 0;
    while (!signal.aborted) {
      worst = await this.#error(signal);
      if (worst <= toleratedMs) return;
    }
    throw new Error(`the guest's date is still wrong by ${worst} ms after ${limitMs} ms`);
  }

  /** By how many milliseconds the date is wrong beyond what asking took. */
  async #error(signal: AbortSignal): Promise<number> {
    const asked = hostNs();
    const answer = once(this.#news, "answer", { signal });
    this.#running.stdin.write("\n");
    const [told] = await answer;
    const now = hostNs();
    const errors = [told.date, told.called].map((date) => (date < asked ? asked - date : date > now ? date - now : 0n));
    return Math.max(...errors.map((ns) => Number(ns) / 1e6));
  }

  #take(line: string): void {
    if (line.includes("BACKWARDS")) this.wentBack = true;
    const isTick = line.startsWith("tick ");
    const told = parse(line.replace(/^tick /, "now "));
    if (!told) return;
    if (isTick) {
      this.wentBack ||= told.monotonic < (this.#tick?.monotonic ?? 0n);
      this.#tick = told;
    }
    this.#news.emit(isTick ? "tick" : "answer", told);
  }
}
