/** How long an image takes to be built, beside `cp` and `sync` of the same files; and how much memory large trees take. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../e2e/support/programs.ts";
import { root } from "../scripts/setup/places.mjs";
import { BenchEngine } from "./bench-engine.ts";
import { type Figure, median, medianOf, type Section } from "./figures.ts";

const ROUNDS = 5;
const MIB = 2 ** 20;
/** The kernel's high-water mark only grows: looked at this often, little of the end is missed. */
const POLL_MS = 5;
const MEMORY_GOAL_MIB = 150;
/** Times as long as `cp` and `sync`. */
const LARGE_GOAL = 1.3;
const COMMAND_MIB = 512;

export async function benchImages(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "unideck-bench-input-"));
  try {
    const small = fill(join(folder, "small"), 1, MIB);
    const many = fill(join(folder, "many"), 2000, 2048);
    const large = fill(join(folder, "large"), 1, 1024 * MIB);
    const figures = [
      ...(await besideCopy("1 MB", small)),
      ...(await besideCopy("2000 files, 4 MB", many, { goalMs: 150 })),
      ...(await besideCopy("1 GB", large, { goalOfCopy: LARGE_GOAL })),
      ...(await commandBesideCopy()),
    ];
    const sparse = join(folder, "sparse");
    mkdirSync(sparse);
    writeFileSync(join(sparse, "file"), "");
    truncateSync(join(sparse, "file"), 4096 * MIB);
    figures.push(await peakOf("peak memory, one file of 4 GB", sparse));
    figures.push(await peakOf("peak memory, 200 000 files", fill(join(folder, "most"), 200_000, 50)));
    return { title: `Building an image (medians of ${ROUNDS}; memory of the whole process)`, figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `count` files of `sizeBytes` that no file system can shorten, 1000 a folder. */
function fill(folder: string, count: number, sizeBytes: number): string {
  const piece = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 251));
  const content = Buffer.alloc(sizeBytes, piece);
  for (let index = 0; index < count; index += 1) {
    const inside = join(folder, `folder-${Math.floor(index / 1000)}`);
    if (index % 1000 === 0) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `file-of-a-usual-name-${index}`), content);
  }
  return folder;
}

/** A build with `input` in it and a copy of `input`, in turns. A copy is done when it is on the disk, as a build is. */
async function besideCopy(
  what: string,
  input: string,
  { goalMs, goalOfCopy }: { goalMs?: number; goalOfCopy?: number } = {},
): Promise<Figure[]> {
  await using bench = await BenchEngine.open();
  const target = mkdtempSync(join(tmpdir(), "unideck-bench-copy-"));
  const [builds, copies]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      // What is replaced costs time to give back, and the copy has nothing to replace.
      await bench.engine.images.remove("hello", { force: true, isInUse: false }).catch(() => undefined);
      execFileSync("sync");
      builds.push(await timed(() => bench.build("hello.c", "hello", { folders: [{ host: input, guest: "/data" }] })));
      execFileSync("sync");
      const copy = join(target, "copy");
      copies.push(
        await timed(async () => {
          execFileSync("cp", ["-r", "--reflink=never", input, copy]);
          execFileSync("sync", ["-f", copy]);
        }),
      );
      rmSync(copy, { recursive: true });
    }
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  const goal = goalOfCopy === undefined ? goalMs : goalOfCopy * median(copies);
  return [medianOf(`${what}: build`, builds, goal), medianOf(`    ${what}: cp and sync`, copies)];
}

/** The whole command `unideck build` with one large file, and `cp` and `sync` of that file, in turns; nothing is replaced. */
async function commandBesideCopy(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), "unideck-bench-home-"));
  const environment = { ...process.env, HOME: home, OPS_HOME: home, UNIDECK_HOME: join(home, ".unideck") };
  fill(join(home, "large"), 1, COMMAND_MIB * MIB);
  const [file] = readdirSync(join(home, "large", "folder-0"));
  const input = join(home, "large", "folder-0", file ?? "");
  const copy = join(home, "copy");
  const command = ["build", program("hello.c"), "--name", "hello", "--file", `${input}:/data`];
  const [builds, copies]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      rmSync(join(home, ".ops", "images"), { recursive: true, force: true });
      execFileSync("sync");
      const build = async () => execFileSync(join(root, "bin/unideck"), command, { env: environment, stdio: "ignore" });
      builds.push(await timed(build));
      execFileSync("sync");
      copies.push(
        await timed(async () => {
          execFileSync("cp", ["--reflink=never", input, copy]);
          execFileSync("sync", ["-f", copy]);
        }),
      );
      rmSync(copy);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  const what = `${COMMAND_MIB} MB file`;
  return [
    medianOf(`${what}: unideck build, whole command`, builds, LARGE_GOAL * median(copies)),
    medianOf(`    ${what}: cp and sync`, copies),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The most memory that the command line held while it built an image, the engine in it; as Linux counts it. */
async function peakOf(name: string, input: string): Promise<Figure> {
  const home = mkdtempSync(join(tmpdir(), "unideck-bench-home-"));
  const built = spawn(
    join(root, "bin/unideck"),
    ["build", program("hello.c"), "--name", "bench", "--dir", `${input}:/data`],
    {
      env: { ...process.env, OPS_HOME: home, UNIDECK_HOME: join(home, ".unideck") },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  let peakKib = 0;
  const poll = setInterval(() => {
    peakKib = Math.max(peakKib, highWaterKib(built.pid));
  }, POLL_MS);
  try {
    const [code] = await once(built, "exit");
    if (code !== 0) throw new Error(`the build ended with ${code}`);
    return { name, unit: "MiB", value: peakKib / 1024, goal: MEMORY_GOAL_MIB };
  } finally {
    clearInterval(poll);
    rmSync(home, { recursive: true, force: true });
  }
}

function highWaterKib(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
