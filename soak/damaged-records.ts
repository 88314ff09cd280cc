/**
 * Gives a home many instances whose records are damaged at random, beside one that is in order, and checks that each is
 * shown with its folder and a reason, that the one in order works, and that all can be deleted.
 */

import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "../e2e/support/programs.ts";
import type { World } from "../e2e/support/world.ts";
import { resolveHomes } from "../electron/engine/lib/homes.ts";
import type { Instance } from "../shared/contract/instances.ts";
import { Random } from "./random.ts";
import { WebClient } from "./web-client.ts";

export interface DamagedRecordsOptions {
  count: number;
  seed: number;
}

export interface DamagedRecordsOutcome {
  damaged: number;
  /** Changed, but still a record. */
  readable: number;
  /** From the start of the engine to its first answer. */
  startMs: number;
}

type Harm = (record: string, text: string, random: Random) => Promise<void>;

const harms: [Harm, ...Harm[]] = [
  async (record, text, random) => writeFile(record, text.slice(0, random.between(0, text.length - 1))),
  async (record, text, random) => {
    const bytes = Buffer.from(text);
    for (let i = random.between(1, 20); i > 0; i--) bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
    await writeFile(record, bytes);
  },
  async (record, text) => writeFile(record, text + " ".repeat(2 << 20)),
  async (record, text, random) => {
    const fields = Object.entries(JSON.parse(text));
    fields.splice(random.between(0, fields.length - 1), 1);
    await writeFile(record, JSON.stringify(Object.fromEntries(fields)));
  },
  async (record) => {
    await rm(record);
    await mkdir(record);
  },
  async (record) => {
    await rm(record);
    execFileSync("mkfifo", [record]);
  },
];

/** Throws at the first thing that is wrong. */
export async function damagedRecordsTrial(
  world: World,
  { count, seed }: DamagedRecordsOptions,
): Promise<DamagedRecordsOutcome> {
  const random = new Random(seed);
  const { instances } = resolveHomes(world.environment, world.folder);
  await world.unideckJson(["run", program("ticker.c"), "--name", "good", "--arg", "1"]).catch(() => undefined);
  const [good = ""] = await readdir(instances);
  await makeDamaged(join(instances, good), instances, count, random);

  const startedAt = performance.now();
  const web = await WebClient.serve(world);
  const listed = await web.instances();
  const startMs = performance.now() - startedAt;
  if (!listed.some(({ id, state }) => id === good && state === "exited"))
    throw new Error(`the instance in order is not there, of seed ${seed}`);
  const damaged = listed.filter(({ state }) => state === "damaged");
  if (listed.length !== count + 1) throw new Error(`${listed.length} of ${count + 1} are shown, of seed ${seed}`);
  for (const one of damaged) checkShown(one, instances);
  for (const { id } of listed) await web.remove(id);
  const left = await readdir(instances);
  if (left.length > 0) throw new Error(`left of seed ${seed}: ${left.slice(0, 5).join(", ")}`);
  await web.kill();
  return { damaged: damaged.length, readable: listed.length - damaged.length - 1, startMs: Math.round(startMs) };
}

async function makeDamaged(good: string, instances: string, count: number, random: Random): Promise<void> {
  const text = await readFile(join(good, "instance.json"), "utf8");
  for (let i = 0; i < count; i++) {
    const id = `damaged${i}`;
    const folder = join(instances, id);
    await mkdir(folder, { mode: 0o700 });
    for (const name of ["console.log", "events.jsonl"]) await cp(join(good, name), join(folder, name));
    const own = JSON.parse(text);
    const record = join(folder, "instance.json");
    const ownText = JSON.stringify({ ...own, id, name: id, socketFolder: folder }, null, 2);
    await random.pick(harms)(record, await put(record, ownText), random);
  }
}

async function put(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  return text;
}

function checkShown({ id, damage }: Instance, instances: string): void {
  if (damage?.folder !== join(instances, id) || damage.reason === "" || damage.reason.length > 1000)
    throw new Error(`${id} is damaged, but of it is said ${JSON.stringify(damage)}`);
}
