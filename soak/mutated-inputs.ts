/**
 * Gives an engine files that were damaged at random: programs, images, archives and configurations. Each is taken, or refused
 * with a reason, in bounded time; afterwards the engine is as it was, and nothing lies where nothing should.
 */

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { program } from "../e2e/support/programs.ts";
import { root, type World } from "../e2e/support/world.ts";
import { problemFrom } from "../electron/cli/failure.ts";
import { makeTar } from "../electron/engine/formats/tar/make-tar.testing.ts";
import { mutate } from "../electron/engine/lib/mutation.testing.ts";
import { problemOf } from "../electron/hosts/problem-errors.ts";
import type { UnideckClient } from "../shared/contract/index.ts";
import type { Task } from "../shared/contract/tasks.ts";
import { AttackedEngine } from "./attacked-engine.ts";
import { Random } from "./random.ts";

export interface MutatedInputsOptions {
  images: number;
  programs: number;
  archives: number;
  configurations: number;
  seed: number;
  say?: (line: string) => void;
}

/** How many were taken as they were, and how many refused, by the problem's code. */
interface Outcomes {
  taken: number;
  refused: Record<string, number>;
}
export type MutatedInputsOutcome = Record<string, Outcomes>;

const fixtures = join(root, "electron", "engine", "formats", "fixtures");
/** No input is worth more of the engine's time. */
const INPUT_LIMIT_MS = 30_000;

interface Kind {
  name: string;
  /** What its files are called: of some the name says what they are. */
  file: string;
  count: number;
  make: (random: Random) => Buffer;
  offer: (client: UnideckClient, path: string, run: number) => Promise<unknown>;
}

export async function mutatedInputsTrial(world: World, options: MutatedInputsOptions): Promise<MutatedInputsOutcome> {
  const { seed, say = () => undefined } = options;
  await using engine = await AttackedEngine.open(world);
  const kinds: Kind[] = [
    { name: "images", file: "input.img", count: options.images, make: await damagedImages(), offer: lookIntoImage },
    { name: "programs", file: "input", count: options.programs, make: await damagedPrograms(), offer: inspectAndBuild },
    {
      name: "archives",
      file: "input.tar.gz",
      count: options.archives,
      make: await damagedArchives(),
      offer: importKernel,
    },
    {
      name: "configurations",
      file: "config.json",
      count: options.configurations,
      make: damagedConfiguration,
      offer: openConfiguration,
    },
  ];
  const outcome: MutatedInputsOutcome = {};
  // A first one of each, so that what is loaded or made once does not count as growth.
  await mkdir(world.path("data"));
  await writeFile(world.path("data", "one"), await readFile(join(fixtures, "ops", "input", "tiny")));
  for (const { file, make, offer } of kinds)
    await offerOne(engine.client, make(new Random(seed)), world.path(file), offer, 1);
  const sound = await offerOne(
    engine.client,
    gzipSync(await soundArchive()),
    world.path("sound.tar.gz"),
    importKernel,
    1,
  );
  if (sound !== undefined) throw new Error(`a sound archive was refused: ${sound}`);
  await engine.remember();
  for (const { name, file, count, make, offer } of kinds) {
    const counts: Outcomes = { taken: 0, refused: {} };
    const random = new Random(seed);
    for (let run = 0; run < count; run++) {
      const path = world.path(file);
      try {
        const code = await offerOne(engine.client, make(random), path, offer, run);
        if (code === undefined) counts.taken++;
        else counts.refused[code] = (counts.refused[code] ?? 0) + 1;
      } catch (error) {
        throw new Error(`${name}, run ${run} of seed ${seed}: ${path} is the input`, { cause: error });
      }
    }
    outcome[name] = counts;
    say(`${name}: ${JSON.stringify(counts)}`);
    await engine.checkUnharmed();
  }
  return outcome;
}

/** The code of the problem with which it was refused. */
async function offerOne(
  client: UnideckClient,
  bytes: Buffer,
  path: string,
  offer: Kind["offer"],
  run: number,
): Promise<string | undefined> {
  await writeFile(path, bytes);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${INPUT_LIMIT_MS} ms`)), INPUT_LIMIT_MS);
  });
  try {
    await Promise.race([offer(client, path, run), tooLong]);
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    if (!problem || problem.code === "engine.bug" || problem.code === "engine.busy") throw error;
    return problem.code;
  } finally {
    clearTimeout(timer);
  }
}

/** The task as it ended. Throws its problem, as a call would. */
async function finish(client: UnideckClient, { id }: Task): Promise<Task> {
  let last: Task | undefined;
  for await (const state of await client.tasks.follow({ id })) last = state;
  await client.tasks.dismiss({ id });
  if (last?.state !== "done") throw problemFrom(last?.problem);
  return last;
}

async function lookIntoImage(client: UnideckClient, image: string, run: number): Promise<void> {
  await client.imageContents.show({ image });
  await client.imageContents.check({ image });
  let first: string | undefined;
  for await (const entries of await client.imageContents.files({ image, recursive: true }))
    first ??= entries.find(({ type, damage }) => type === "file" && damage === undefined)?.path;
  if (first !== undefined) for await (const _ of await client.imageContents.read({ image, path: first, from: 0 }));
  if (run % 20 !== 1) return;
  const to = `${image}-copied`;
  await mkdir(to);
  try {
    await finish(client, await client.imageContents.copyOut({ image, paths: ["/"], to, force: true }));
  } finally {
    await rm(to, { recursive: true });
  }
}

async function inspectAndBuild(client: UnideckClient, path: string, run: number): Promise<void> {
  await client.programs.inspect({ path });
  if (run % 20 !== 1) return;
  const { result } = await finish(client, await client.images.build({ program: path, name: "input", force: true }));
  if (result?.image) await client.images.remove({ name: result.image });
}

async function importKernel(client: UnideckClient, path: string): Promise<void> {
  const { result } = await finish(client, await client.kernels.import({ path, version: "9.9.9" }));
  if (result?.kernel) await client.kernels.remove({ id: result.kernel });
}

async function openConfiguration(client: UnideckClient, path: string): Promise<void> {
  await client.configurations.open({ path });
}

/** Images as OPS and Pith's own kernel wrote them, changed where something stands in them. */
async function damagedImages(): Promise<Kind["make"]> {
  const names = (await readdir(join(fixtures, "tfs"))).filter((name) => name.endsWith(".img.gz"));
  const files = [
    ...names.map((name) => join("tfs", name)),
    join("ops", "configured.img.gz"),
    join("ops", "volume.img.gz"),
  ];
  const seeds = await Promise.all(files.map(async (name) => gunzipSync(await readFile(join(fixtures, name)))));
  const places = seeds.map((seed) => Array.from(seed.entries()).filter(([, byte]) => byte !== 0));
  return (random) => {
    const which = random.between(0, seeds.length - 1);
    const bytes = Buffer.from(seeds[which] ?? Buffer.alloc(0));
    for (let changes = random.between(1, 8); changes > 0; changes--) {
      const [at = 0] = places[which]?.[random.between(0, (places[which]?.length ?? 1) - 1)] ?? [];
      bytes[at + random.between(0, 3)] = random.isLikely(0.5)
        ? random.between(0, 255)
        : ([0, 0x7f, 0x80, 0xff][random.between(0, 3)] ?? 0);
    }
    return random.isLikely(0.1) ? bytes.subarray(0, random.between(0, bytes.length)) : bytes;
  };
}

/** Programs of all linkages; most of the changes are where headers and tables stand. */
async function damagedPrograms(): Promise<Kind["make"]> {
  const paths = [join(fixtures, "ops", "input", "tiny"), program("hello.c"), program("hello.c", "gcc-dynamic")];
  const seeds = await Promise.all(paths.map((path) => readFile(path)));
  return (random) => {
    const seed = seeds[random.between(0, seeds.length - 1)] ?? Buffer.alloc(0);
    const below = (limit: number) => random.between(0, Math.max(0, limit - 1));
    const [from, to] = random.pick<[number, number]>([
      [0, Math.min(64, seed.length)],
      [0, Math.min(1024, seed.length)],
      [Math.max(0, seed.length - 4096), seed.length],
      [0, seed.length],
    ]);
    const changed = mutate(seed, from, to, below);
    return random.isLikely(0.1) ? changed.subarray(0, random.between(0, changed.length)) : changed;
  };
}

async function soundArchive(): Promise<Buffer> {
  const release = join(fixtures, "ops", "input", "release");
  return await makeTar([
    { name: "kernel.img", content: await readFile(join(release, "kernel.img")) },
    { name: "boot.img", content: await readFile(join(release, "boot.img")) },
    { name: "klibs/ntp", content: "module" },
  ]);
}

async function damagedArchives(): Promise<Kind["make"]> {
  const seeds = await Promise.all([
    soundArchive(),
    makeTar([
      { name: "a/../../b", content: "up" },
      { name: "/tmp/absolute", content: "out" },
      { name: "l", type: "symlink", linkname: "../../x" },
      { name: "kernel.img", content: "kernel" },
    ]),
    makeTar([
      { name: `klibs/${"n".repeat(180)}`, content: "long" },
      { name: "kernel.img", content: "kernel" },
    ]),
  ]);
  return (random) => {
    const seed = seeds[random.between(0, seeds.length - 1)] ?? Buffer.alloc(0);
    const below = (limit: number) => random.between(0, Math.max(0, limit - 1));
    const changed = random.isLikely(0.2) ? seed : mutate(seed, 0, seed.length, below);
    const packed = gzipSync(changed, { level: 1 });
    return random.isLikely(0.3) ? mutate(packed, 2, packed.length, below) : packed;
  };
}

const configuration = {
  Args: ["--port", "80"],
  Env: { A: "b" },
  Files: ["data/one"],
  MapDirs: { "data/*": "/srv" },
  Program: "data/one",
  Klibs: ["ntp"],
  ManifestPassthrough: { list: ["a", { k: "v" }] },
  BaseVolumeSz: "64m",

  RunConfig: { Memory: "128m", Ports: ["80", "90-91"], CPUs: 2, Nics: [{}] },
};

/** Text with bytes changed, or a value of another kind in one place. */
function damagedConfiguration(random: Random): Buffer {
  const odd = [
    null,
    true,
    -1,
    1e308,
    "",
    "\0",
    "../..",
    "/../x",
    [],
    [[]],
    {},
    { __proto__: 1 },
    "9".repeat(400),
    ["*"],
  ];
  const changed: Record<string, unknown> = { ...configuration };
  const key = Object.keys(configuration)[random.between(0, Object.keys(configuration).length - 1)] ?? "";
  changed[random.isLikely(0.1) ? `${key}\u001b` : key] = odd[random.between(0, odd.length - 1)];
  const text = Buffer.from(JSON.stringify(changed));
  return random.isLikely(0.5)
    ? text
    : mutate(text, 0, text.length, (limit) => random.between(0, Math.max(0, limit - 1)));
}
