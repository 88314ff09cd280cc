/**
 * The command line: whole processes, as a person waits for them, beside the floor: the same Node that runs nothing. Rounds are
 * interleaved, so that what disturbs one disturbs all.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../e2e/support/programs.ts";
import { root } from "../e2e/support/world.ts";
import { type Figure, median, medianOf, type Section } from "./figures.ts";

const ROUNDS = 7;

interface Took {
  firstOutputMs: number;
  wholeMs: number;
}

/** A command, what of it is measured, and how many times the floor it may take. */
interface Measured {
  name: string;
  file: string;
  args: string[];
  figures: { what: keyof Took; label: string; goal?: number }[];
}

const unideck = join(root, "bin", "unideck");

export async function benchCommandLine(): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), "unideck-bench-"));
  const environment = { ...process.env, HOME: folder, OPS_HOME: folder, UNIDECK_HOME: join(folder, ".unideck") };
  const hello = program("hello.c");
  const node = nodeOfUnideck();
  const whole = (label: string, goal?: number) => [{ what: "wholeMs" as const, label, ...(goal && { goal }) }];
  const command = (label: string, goal: number, ...args: string[]): Measured => ({
    ...{ name: label, file: unideck, args },
    figures: whole(label, goal),
  });
  const measured: Measured[] = [
    { name: "floor", file: node, args: ["-e", "0"], figures: whole("node -e 0 (the floor)") },
    command("unideck --version", 2, "--version"),
    command("unideck ps", 3.5, "ps"),
    command("unideck images ls", 3.5, "images", "ls"),
    command("unideck build hello", 5, "build", hello, "--name", "hello", "--force"),
    {
      ...{ name: "run", file: unideck, args: ["run", "--rm", hello, "--name", "hello", "--force"] },
      figures: [
        { what: "firstOutputMs", label: "unideck run hello: first output", goal: 10 },
        { what: "wholeMs", label: "unideck run --rm hello", goal: 14 },
      ],
    },
  ];
  const figures: Figure[] = [];
  try {
    for (const withEngine of [false, true]) {
      const engine = withEngine ? await openEngine(environment) : undefined;
      try {
        figures.push(...(await measure(measured, environment, withEngine ? ", an engine open" : "")));
      } finally {
        if (engine) await end(engine);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { title: `Command line (medians of ${ROUNDS}; goals are multiples of the floor)`, figures };
}

async function measure(measured: Measured[], environment: NodeJS.ProcessEnv, suffix: string): Promise<Figure[]> {
  const taken = new Map<string, Took[]>(measured.map(({ name }) => [name, []]));
  // The first round fills the caches of the system and of the compiler.
  for (let round = 0; round <= ROUNDS; round++)
    for (const { name, file, args } of measured) {
      const took = await time(file, args, environment);
      if (round > 0) taken.get(name)?.push(took);
    }
  const samples = (name: string, what: keyof Took) => (taken.get(name) ?? []).map((took) => took[what]);
  const floor = median(samples("floor", "wholeMs"));
  return measured.flatMap(({ name, figures }) =>
    figures.map(({ what, label, goal }) => {
      const figure = medianOf(label, samples(name, what), goal && goal * floor);
      return { ...figure, name: `${label}${suffix}: ${(figure.value / floor).toFixed(1)} ×` };
    }),
  );
}

async function time(file: string, args: string[], environment: NodeJS.ProcessEnv): Promise<Took> {
  const start = performance.now();
  const child = spawn(file, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let firstOutputMs: number | undefined;
  let said = "";
  child.stdout.once("data", () => {
    firstOutputMs = performance.now() - start;
  });
  child.stderr.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  const wholeMs = performance.now() - start;
  if (code !== 0 && args[0] !== "run") throw new Error(`${file} ${args.join(" ")} ended with ${code}: ${said}`);
  return { firstOutputMs: firstOutputMs ?? wholeMs, wholeMs };
}

async function openEngine(environment: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(unideck, ["serve", "--port", "0"], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

/** The Node that bin/unideck executes. */
function nodeOfUnideck(): string {
  const own = join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node");
  return existsSync(own) ? own : execFileSync("/bin/sh", ["-c", "command -v node"], { encoding: "utf8" }).trim();
}
