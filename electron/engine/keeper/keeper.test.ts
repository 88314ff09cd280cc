import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { framesOf } from "../formats/pcap/pcap.testing.ts";
import { capturePipe, makePipes, PipeHold, pipesIn } from "../hypervisors/pipes.ts";
import { layoutOf } from "./bounded-log.ts";
import { testKeeper } from "./keeper.testing.ts";
import type { Keeper } from "./keeper.ts";

const MEBIBYTE = 1 << 20;
const LIMIT_MS = 60_000;
/** What the keeper reads at a time. */
const PIECE_BYTES = 64 << 10;

let home: string;
let folder: string;
let keeper: Keeper;
const children: ChildProcess[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "unideck-keeper-"));
  folder = join(home, "instance");
  await mkdir(folder);
  await makePipes(Object.values(pipesIn(folder)));
});
afterEach(async () => {
  await keeper.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  kill();
  await rm(home, { recursive: true, force: true, maxRetries: 10 });
});

/** The keeper's process; there is one for a home. */
function keeperPids(): number[] {
  const table = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  return table.filter((row) => row.includes("keeper.ts") && row.includes(home)).map((row) => Number.parseInt(row, 10));
}

function kill(): void {
  for (const pid of keeperPids()) process.kill(pid, "SIGKILL");
}

/** A stand-in for QEMU: a process with the pipes' ends, which writes to one of them without ever giving up. */
function machine(name: "virtio" | "events" | "trace", script: string) {
  const hold = PipeHold.forLaunch(Object.values(pipesIn(folder)));
  keeper.keep({ folder, run: 1, plain: false });
  const child = spawn("sh", ["-c", `exec > "$1"; ${script}`, "sh", pipesIn(folder)[name]], {
    stdio: ["ignore", "ignore", "inherit", ...hold.inherited],
    env: { ...process.env, NODE: process.execPath },
  });
  children.push(child);
  hold.handedOver();
  return { child, hold, ended: once(child, "exit") };
}

async function size(): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (facts) => facts.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, one) => sum + one, 0);
}

test("what a machine writes is in its log, also what it wrote before the keeper was there", async () => {
  keeper = testKeeper(home);
  const { ended, hold } = machine("virtio", "echo hello");
  await ended;

  await keeper.settle(folder);
  hold.release();

  expect(await readFile(join(folder, "console.log"), "utf8")).toBe("hello\n");
});

test("the log goes on when the keeper is killed, without at most the piece that it had in hand", async () => {
  keeper = testKeeper(home);
  vi.spyOn(console, "error").mockImplementation(() => {});
  const { ended, hold } = machine("virtio", "seq 3000000");
  for (let i = 1; i <= 3; i++) {
    await vi.waitFor(
      () => expect(layoutOf(join(folder, "console.log")).segments.at(-1)?.end).toBeGreaterThan(i * MEBIBYTE),
      LIMIT_MS,
    );
    kill();
  }
  await ended;

  await keeper.settle(folder);
  hold.release();

  const expected = execFileSync("seq", ["3000000"], { maxBuffer: 64 * MEBIBYTE }).length;
  const { segments } = layoutOf(join(folder, "console.log"));
  expect(segments.at(-1)?.end).toBeGreaterThanOrEqual(expected - 3 * PIECE_BYTES);
  expect(segments.map(({ path }) => readFileSync(path, "latin1")).join("")).toMatch(/\n2999999\n3000000\n$/);
}, 120_000);

test("a flood stays within the limit, also when its engine has gone", async () => {
  keeper = testKeeper(home, { console: 2 * MEBIBYTE, trace: MEBIBYTE });
  const { child, hold, ended } = machine("virtio", "exec yes flood");
  const end = () => layoutOf(join(folder, "console.log")).segments.at(-1)?.end ?? 0;
  await vi.waitFor(() => expect(end()).toBeGreaterThan(10 * MEBIBYTE), LIMIT_MS);
  await keeper.close();
  hold.release();
  const before = end();

  await vi.waitFor(() => expect(end()).toBeGreaterThan(before + 50 * MEBIBYTE), LIMIT_MS);

  expect(await size()).toBeLessThanOrEqual(2 * MEBIBYTE);
  child.kill("SIGKILL");
  await ended;
}, 120_000);

test("a flood of trace and of events is bounded, and the exit is there", async () => {
  keeper = testKeeper(home, { console: MEBIBYTE, trace: MEBIBYTE });
  const { ended, hold } = machine(
    "events",
    `yes '{"event":"listen","t":1,"protocol":"tcp","port":80}' | head -c 30000000; echo; echo '{"event":"exit","t":2,"code":7}'; yes trace | head -c 30000000 > "$(dirname "$1")/trace.pipe"`,
  );
  await ended;

  await keeper.settle(folder);
  hold.release();

  expect(await size()).toBeLessThan(2.5 * MEBIBYTE);
  expect(await readFile(join(folder, "events.jsonl"), "utf8")).toContain('{"event":"exit","t":2,"code":7}\n');
  expect(await readFile(join(folder, "engine.log"), "utf8")).toContain("too many events");
}, 120_000);

test("it ends when its home is deleted, though a machine still writes", async () => {
  keeper = testKeeper(home);
  const { child, hold, ended } = machine("virtio", "exec yes flood");
  await vi.waitFor(() => expect(keeperPids()).toHaveLength(1), LIMIT_MS);
  const [pid = 0] = keeperPids();
  await keeper.close();

  await rm(home, { recursive: true, force: true, maxRetries: 20 });

  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), LIMIT_MS);
  hold.release();
  child.kill("SIGKILL");
  await ended;
}, 120_000);

test("it ends when nobody needs it", async () => {
  keeper = testKeeper(home);
  keeper.warmUp();
  await vi.waitFor(() => expect(keeperPids()).toHaveLength(1), LIMIT_MS);

  await keeper.close();

  await vi.waitFor(() => expect(keeperPids()).toHaveLength(0), LIMIT_MS);
}, 120_000);

test("an instance that is deleted meanwhile does not end it", async () => {
  keeper = testKeeper(home);
  const { child, ended, hold } = machine("events", `exec yes '{"event":"listen","t":1}'`);
  await vi.waitFor(() => expect(keeperPids()).toHaveLength(1), LIMIT_MS);
  const [pid] = keeperPids();
  await rm(folder, { recursive: true });
  await keeper.settle(folder);
  child.kill("SIGKILL");
  await ended;
  hold.release();

  keeper.keep({ folder, run: 2, plain: false });
  await keeper.settle(folder);

  expect(keeperPids()).toEqual([pid]);
}, 120_000);

test("a flood of captured packets stays within the limit without an engine, and what is kept is whole", async () => {
  keeper = testKeeper(home, { capture: MEBIBYTE });
  await mkdir(join(folder, "captures"));
  const pipe = capturePipe(folder, "net0");
  await makePipes([pipe]);
  const { child, hold, ended } = machine(
    "events",
    `exec "$NODE" -e '
      const { openSync, writeSync } = require("node:fs");
      const record = Buffer.alloc(16 + 1000, 7);
      record.writeUInt32LE(1000, 8);
      record.writeUInt32LE(1000, 12);
      const header = Buffer.alloc(24);
      header.writeUInt32LE(0xa1b2c3d4, 0);
      header.writeUInt16LE(2, 4);
      header.writeUInt32LE(1, 20);
      const pipe = openSync("${pipe}", "w");
      const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(pipe, bytes, at); };
      write(header);
      for (let i = 1; ; i++) {
        write(record);
        if (i === 20000) writeSync(1, JSON.stringify({ event: "first-write", t: 1 }) + String.fromCharCode(10));
      }'`,
  );
  await vi.waitFor(() => expect(layoutOf(join(folder, "captures", "net0.full")).inode).toBeGreaterThan(0), LIMIT_MS);
  await keeper.close();
  hold.release();

  await vi.waitFor(async () => expect(await readFile(join(folder, "events.jsonl"), "utf8")).toContain("first-write"), {
    timeout: LIMIT_MS,
    interval: 50,
  });

  const file = await readFile(join(folder, "captures", "net0.pcap"));
  child.kill("SIGKILL");
  await ended;
  expect(framesOf(file)).toHaveLength(Math.floor((MEBIBYTE - 24) / 1016));
  expect(file.length).toBe(24 + Math.floor((MEBIBYTE - 24) / 1016) * 1016);
}, 120_000);
