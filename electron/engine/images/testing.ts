/** What the tests of this folder share: homes of their own, a task that can be watched, the golden inputs of OPS. */

import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildSpec } from "../../../shared/contract/images.ts";
import { KernelReleases } from "../kernels/releases.ts";
import { type Homes, resolveHomes } from "../lib/homes.ts";
import type { TaskControl } from "../tasks/task-list.ts";

export const fixtures = join(import.meta.dirname, "../formats/fixtures");
/** What OPS was given for its golden image. */
export const opsInput = join(fixtures, "ops/input");
/** A program of 344 bytes. */
export const tiny = join(opsInput, "tiny");
export const release = join(opsInput, "release");

/** A folder that is gone when its scope ends. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "unideck-image-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface TestWorld extends Disposable {
  folder: string;
  homes: Homes;
  kernels: KernelReleases;
}

export function testWorld(): TestWorld {
  const temporary = temporaryFolder();
  const homes = resolveHomes({ OPS_HOME: temporary.path, UNIDECK_HOME: join(temporary.path, "unideck") });
  return {
    folder: temporary.path,
    homes,
    kernels: new KernelReleases(homes, release),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

export interface TestTask extends TaskControl {
  notes: string[];
  phases: { name: string; done: number; total: number }[];
  abort: AbortController;
}

/** `onPhase` is called when a phase begins: the moment to interfere. */
export function testTask(onPhase: (name: string, task: TestTask) => void = () => {}): TestTask {
  const abort = new AbortController();
  const task: TestTask = {
    id: "test",
    signal: abort.signal,
    abort,
    notes: [],
    phases: [],
    phase(name, total = 0) {
      task.phases.push({ name, done: 0, total });
      onPhase(name, task);
    },
    advance(amount) {
      const phase = task.phases.at(-1);
      if (phase) phase.done += amount;
    },
    note(line) {
      task.notes.push(line);
    },
  };
  return task;
}

/** What makes an image of the tiny program. */
export function wishFor(spec: Partial<BuildSpec> = {}): BuildSpec {
  return BuildSpec.parse({ program: tiny, ...spec });
}

/** Every path below `folder`, sorted; nothing where there is no such folder. */
export async function listAll(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }).catch(() => [])).sort();
}
