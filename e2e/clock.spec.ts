/** The guest's date: set by the program, corrected by the engine after a pause, and by the real-time clock without one. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
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

test("after a pause the guest's date is right again within a second, and its other clock has not stepped back", async () => {
  await using world = await World.create();
  const running = world.spawn(["run", program("date.c"), "--name", "dated"]);
  await waitForOutput(running, "ready");
  const guest = new Guest(running);
  await guest.becomesRight(20, 15_000);

  await world.unideckJson(["pause", "dated"]);
  await passes(PAUSE_MS);
  await world.unideckJson(["resume", "dated"]);
  const tookMs = await guest.becomesRight(50, 15_000);

  expect(guest.wentBack).toBe(false);
  expect(tookMs).toBeLessThan(5_000);
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

function parse(line: string): { date: bigint; called: bigint; monotonic: bigint } | undefined {
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

/** A program that tells its date for each line. */
class Guest {
  wentBack = false;
  readonly #running: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #last = 0n;

  constructor(running: ChildProcessWithoutNullStreams) {
    this.#running = running;
    this.#lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  }

  /** Asks until both ways to read the date are wrong by that much at most; how long that took. */
  async becomesRight(toleratedMs: number, limitMs: number): Promise<number> {
    const began = performance.now();
    let worst = 0;
    while (performance.now() - began < limitMs) {
      worst = await this.#error();
      if (worst <= toleratedMs) return performance.now() - began;
    }
    throw new Error(`the guest's date is still wrong by ${worst} ms after ${limitMs} ms`);
  }

  /** By how many milliseconds the date is wrong beyond what asking took. */
  async #error(): Promise<number> {
    const asked = hostNs();
    this.#running.stdin.write("\n");
    for (;;) {
      const { value } = await this.#lines.next();
      const told = parse(value ?? "");
      if (value === undefined) throw new Error("the program has ended");
      if (!told) continue;
      this.wentBack ||= told.monotonic < this.#last;
      this.#last = told.monotonic;
      const now = hostNs();
      const errors = [told.date, told.called].map((date) =>
        date < asked ? asked - date : date > now ? date - now : 0n,
      );
      return Math.max(...errors.map((ns) => Number(ns) / 1e6));
    }
  }
}
