/**
 * Builds on a file system of 8 MiB that has no room for what is asked for: run in a mount namespace of its own, with a
 * folder to mount it on and a file that is larger. Replaces an image, then makes a new one; prints what came of it as JSON.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reportOf } from "../../../shared/problem.ts";
import { KernelReleases } from "../kernels/releases.ts";
import { resolveHomes } from "../lib/homes.ts";
import { buildImage } from "./build.ts";
import { listAll, release, testTask, wishFor } from "./testing.ts";

const [folder = "", large = ""] = process.argv.slice(2);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", folder]);
const homes = resolveHomes({ OPS_HOME: folder, UNIDECK_HOME: join(folder, "unideck") });
const context = { homes, kernels: new KernelReleases(homes, release) };

/** An image with the large file. */
async function buildTooLarge(name: string) {
  const task = testTask();
  const wishes = wishFor({ name, force: true, files: [{ host: large, guest: "/large" }] });
  const problem = await buildImage(wishes, context, task).then(() => undefined, reportOf);
  const [images, staging, records] = await Promise.all(
    [homes.images, homes.opsStaging, homes.imageRecords].map(listAll),
  );
  return { problem, phase: task.phases.at(-1), images, staging, records };
}

const { path } = await buildImage(wishFor(), context, testTask());
const read = () => Buffer.concat([path, join(homes.imageRecords, "tiny.json")].map((file) => readFileSync(file)));
const before = read();
const replaced = await buildTooLarge("tiny");
const isOldWhole = before.equals(read());
const made = await buildTooLarge("new");
const again = await buildImage(wishFor({ name: "new" }), context, testTask());
console.log(JSON.stringify({ replaced, isOldWhole, made, again: again.name }));
