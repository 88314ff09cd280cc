/** For tests of hosts: homes of their own in a new folder, and the resources of this source tree. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Homes, resolveHomes } from "../engine/lib/homes.ts";
import { findResources, type Resources } from "../engine/lib/resources.ts";

export interface TestWorld {
  folder: string;
  homes: Homes;
  resources: Resources;
  /** What a process in this world has as its environment. */
  environment: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

export async function makeTestWorld(): Promise<TestWorld> {
  const folder = await mkdtemp(join(tmpdir(), "unideck-world-"));
  const environment = { ...process.env, UNIDECK_HOME: join(folder, "home"), OPS_HOME: folder };
  return {
    folder,
    homes: resolveHomes(environment),
    resources: { ...findResources(), renderer: join(folder, "renderer") },
    environment,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
