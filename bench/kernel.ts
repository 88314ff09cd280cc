/** What Pith costs a program: kernel/tests/guest/speed.c measures it from inside; goals are those of the kernel's specification. */

import { existsSync } from "node:fs";
import { toBuffer } from "../electron/engine/lib/to-buffer.ts";
import type { Instance } from "../shared/contract/instances.ts";
import { BenchEngine } from "./bench-engine.ts";
import type { Figure, Section } from "./figures.ts";

const ROWS = 100_000;
const TIMEOUT_MS = 120_000;
const SQLITE = "/usr/bin/sqlite3";
const CLOCK = "SELECT 'at ' || CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";
const spec = { memoryBytes: 64 * 2 ** 20, options: { accelerator: "tcg" } } as const;

const measured: Record<string, { name: string; unit: Figure["unit"]; goal?: number }> = {
  call_us: { name: "system call", unit: "µs", goal: 2 },
  clock_us: { name: "clock read", unit: "µs" },
  switch_us: { name: "context switch through a pipe", unit: "µs" },
  thread_us: { name: "thread, created and joined", unit: "µs" },
  fault_us: { name: "page fault", unit: "µs" },
  "files_/s": { name: "files created and removed", unit: "calls/s" },
  "syncs_/s": { name: "4 KiB written and fsynced", unit: "calls/s" },
  late_ms: { name: "sleep, later than asked, median", unit: "ms", goal: 2 },
  latest_ms: { name: "sleep, later than asked, of 40 the worst", unit: "ms" },
  thread_KiB: { name: "memory of an idle thread", unit: "KiB", goal: 24 },
  "write_MB/s": { name: "sequential write of 128 MiB, with fsync", unit: "MB/s" },
  "read_MB/s": { name: "sequential read, not from the page cache", unit: "MB/s" },
  "console_MB/s": { name: "console output", unit: "MB/s", goal: 5 },
};

export async function benchKernel(): Promise<Section> {
  await using bench = await BenchEngine.open();
  const image = await bench.build("speed.c", "speed", { sizeBytes: 320 * 2 ** 20 });
  const console = await bench.build("speed.c", "speed-console", { arguments: ["console"] });
  const figures: Figure[] = [];
  for (const one of [image, console])
    figures.push(...figuresIn(await bench.runToEnd(one, spec, (ended) => consoleOf(bench, ended), TIMEOUT_MS)));
  if (existsSync(SQLITE)) figures.push(await insertsPerSecond(bench));
  return { title: "Kernel: what a program's requests cost (64 MiB, tcg; of 7 rounds in one boot the median)", figures };
}

function figuresIn(said: string): Figure[] {
  return [...said.matchAll(/^(\S+) (\d+\.\d+)\r?$/gm)].flatMap(([, key = "", value]) => {
    const known = measured[key];
    return known ? [{ ...known, value: Number(value) }] : [];
  });
}

/** The shell's own clock, so that its start does not count. */
async function insertsPerSecond(bench: BenchEngine): Promise<Figure> {
  const statements = [
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)",
    CLOCK,
    `INSERT INTO rows SELECT value, 'row ' || value FROM generate_series(1, ${ROWS})`,
    CLOCK,
  ];
  const image = await bench.buildFile(SQLITE, "sqlite", {
    arguments: ["/rows.db", ...statements],
    sizeBytes: 96 * 2 ** 20,
  });
  const said = await bench.runToEnd(image, spec, (ended) => consoleOf(bench, ended), TIMEOUT_MS);
  const [begin, end] = [...said.matchAll(/^at (\d+)\r?$/gm)].map(([, ms]) => Number(ms));
  if (begin === undefined || end === undefined) throw new Error(`sqlite3 told no time: ${said}`);
  return { name: `SQLite: ${ROWS} inserts in a transaction`, unit: "calls/s", value: (ROWS * 1000) / (end - begin) };
}

async function consoleOf({ engine }: BenchEngine, ended: Instance): Promise<string> {
  if (ended.exit?.code !== 0) throw new Error(`${ended.image}: ${ended.exit?.reason ?? ended.problem?.message}`);
  let said = "";
  for await (const { bytes } of engine.instances.console({ id: ended.id, from: 0, follow: false }))
    said += toBuffer(bytes).toString("latin1");
  return said;
}
