/**
 * Builds on a file system of 8 MiB: run in a mount namespace of its own, with a folder to mount it on, a file that fits and one
 * that does not. Replaces an image and makes a new one while the disk fills up, then asks for what never had room; prints what
 * came of it as JSON.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportOf } from "../../../shared/problem.ts";
import { KernelReleases } from "../kernels/releases.ts";
import { resolveHomes } from "../lib/homes.ts";
import { buildImage } from "./build.ts";
import { listAll, release, testTask, wishFor } from "./testing.ts";

const [folder = "", large = "", tooLarge = ""] = process.argv.slice(2);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", folder]);
const homes = resolveHomes({ OPS_HOME: folder, UNIDECK_HOME: join(folder, "unideck") });
const context = { homes, kernels: new KernelReleases(homes, release) };

/** An image with that file; `onPhase` is told what the build does. */
async function build(name: string, host: string, onPhase?: (phase: string) => void) {
  const task = testTask(onPhase);
  const spec = wishFor({ name, force: true, files: [{ host, guest: "/large" }] });
  const problem = await buildImage(spec, context, task).then(() => undefined, reportOf);
  const [images, staging, records] = await Promise.all(
    [homes.images, homes.opsStaging, homes.imageRecords].map(listAll),
  );
  return { problem, phase: task.phases.at(-1), images, staging, records };
}

/** Somebody else takes the room that there was when the build began to write. */
async function buildWhileTheDiskFills(name: string) {
  const filler = join(folder, "filler");
  try {
    return await build(name, large, (phase) => {
      if (phase === "Writing the image") fill(filler);
    });
  } finally {
    rmSync(filler, { force: true });
  }
}

function fill(path: string): void {
  try {
    for (;;) writeFileSync(path, Buffer.alloc(1 << 18), { flag: "a" });
  } catch {
    // There is no more room.
  }
}

const { path } = await buildImage(wishFor(), context, testTask());
const read = () => Buffer.concat([path, join(homes.imageRecords, "tiny.json")].map((file) => readFileSync(file)));
const before = read();
const replaced = await buildWhileTheDiskFills("tiny");
const isOldWhole = before.equals(read());
const made = await buildWhileTheDiskFills("new");
const refused = await build("never", tooLarge);
const again = await buildImage(wishFor({ name: "new" }), context, testTask());
console.log(JSON.stringify({ replaced, isOldWhole, made, refused, again: again.name }));
