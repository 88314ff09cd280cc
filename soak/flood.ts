/**
 * A guest that writes as fast as it can, to its console, its trace and its events, while nobody reads, one who keeps up, or
 * two of which one never reads; then the engine is killed with -9, and comes back. All the while the instance's folder stays
 * within its limits, and of the console every byte within them is there.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { program } from "../e2e/support/programs.ts";
import type { World } from "../e2e/support/world.ts";
import { layoutOf } from "../electron/engine/keeper/bounded-log.ts";
import { resolveHomes } from "../electron/engine/lib/homes.ts";
import { Instance } from "../shared/contract/instances.ts";
import { WebClient } from "./web-client.ts";

const MEBIBYTE = 1 << 20;
const LINE_BYTES = 16;
/** What the budget lets through of events, with their `exit` (keeper/event-budget.ts), and the small records beside the logs. */
const BESIDE_BYTES = 2 * MEBIBYTE;
/** A log keeps at least so much of its limit: what is dropped at a time is a sixteenth, and room for two is kept free. */
const LEAST_KEPT = 0.8;
const LOOK_EVERY_MS = 20;
const DISK = "disk.raw";

export interface FloodOptions {
  /** Of each of the floods, and of that without an engine. */
  seconds: number;
  limitBytes: number;
}

export interface FloodOutcome {
  /** By what there were of readers, and without an engine: what the guest wrote to its console, and the largest folder. */
  floods: Record<string, { consoleBytes: number; largestBytes: number }>;
}

type Readers = "none" | "one" | "one, and one that never reads";

/** Throws at the first thing that is wrong. */
export async function floodTrial(world: World, { seconds, limitBytes }: FloodOptions): Promise<FloodOutcome> {
  const { instances } = resolveHomes(world.environment, world.folder);
  await world.unideckJson(["build", program("flood.c"), "--name", "flood"]);
  const floods: FloodOutcome["floods"] = {};
  let web = await WebClient.serve(world);
  await web.patch("/settings", { limits: { consoleLogBytes: limitBytes, traceLogBytes: limitBytes } });
  for (const readers of ["none", "one", "one, and one that never reads"] as const) {
    const spec = { memoryBytes: 64 * MEBIBYTE, trace: true, echo: false };
    const { id } = Instance.parse(await web.post("/instances", { image: "flood", spec: spec }));
    const folder = join(instances, id);
    const ends = new AbortController();
    const reading = read(web, id, readers, ends.signal);
    floods[readers] = await watchFlood(folder, seconds, limitBytes);

    await web.kill();
    ends.abort();
    await reading;
    floods[`${readers}, then no engine`] = await watchFlood(folder, seconds, limitBytes);
    web = await WebClient.serve(world);
    const { state } = await web.instance(id);
    if (state !== "running") throw new Error(`readers: ${readers}. The machine is ${state} for the next engine`);
    await web.post(`/instances/${id}/kill`, {});
    checkConsole(folder, limitBytes);
    await web.remove(id);
  }
  await web.kill();
  return { floods };
}

async function read(web: WebClient, id: string, readers: Readers, signal: AbortSignal): Promise<void> {
  if (readers === "none") return;
  const path = `/instances/${id}/console?from=0&follow=true`;
  const ended = (error: unknown) => {
    if (!signal.aborted) throw error;
  };
  const keepsUp = async () => {
    const response = await web.open(path, signal);
    if (response.body) for await (const _ of response.body);
  };
  const never = async () => {
    await web.open(path, signal);
  };
  const all = readers === "one" ? [keepsUp()] : [keepsUp(), never()];
  // An engine that is killed cuts its readers off.
  await Promise.allSettled(all.map((one) => one.catch(ended)));
}

/** Looks at the folder all the time. Throws where it is too large, or the guest does not get on. */
async function watchFlood(folder: string, seconds: number, limitBytes: number) {
  const log = join(folder, "console.log");
  const mostBytes = (2 * limitBytes + BESIDE_BYTES) * 1.1;
  const written = () => layoutOf(log).segments.at(-1)?.end ?? 0;
  const from = written();
  let largestBytes = 0;
  // Also as long as it takes until the log has gone beyond its limit twice.
  for (const end = Date.now() + seconds * 1000; Date.now() < end || written() - from < 2 * limitBytes; ) {
    if (Date.now() > end + 60_000) throw new Error(`${written() - from} bytes in ${seconds + 60} s: the guest hangs`);
    largestBytes = Math.max(largestBytes, sizeOf(folder));
    if (largestBytes > mostBytes) throw new Error(`${folder} has ${largestBytes} bytes of ${mostBytes}`);
    await sleep(LOOK_EVERY_MS);
  }
  return { consoleBytes: written() - from, largestBytes };
}

/** All but the disk, which the guest does not write to here. */
function sizeOf(folder: string): number {
  const names = readdirSync(folder).filter((name) => name !== DISK);
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** The newest bytes, as many as the limit allows, with no line missing. */
function checkConsole(folder: string, limitBytes: number): void {
  const segments = layoutOf(join(folder, "console.log")).segments;
  const bytes = Buffer.concat(segments.map(({ path }) => readFileSync(path)));
  if (bytes.length < limitBytes * LEAST_KEPT || bytes.length > limitBytes)
    throw new Error(`${bytes.length} bytes of the console are kept; the limit is ${limitBytes}`);
  let last: number | undefined;
  for (const line of bytes.toString("latin1").split("\n").slice(1, -1)) {
    const number = Number(line);
    if (line.length !== LINE_BYTES - 1 || (last !== undefined && number !== last + 1))
      throw new Error(`line ${last} of the console is followed by ${JSON.stringify(line)}`);
    last = number;
  }
}
