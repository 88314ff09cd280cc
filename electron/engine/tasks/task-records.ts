/**
 * What the disk knows of tasks: so much that the next engine can tell how they ended, and do them again. One file a
 * task, written when it begins and when it ends; a task whose file says that it runs, and that nobody runs, was
 * interrupted.
 */

import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Task } from "../../../shared/contract/tasks.ts";
import { readRegularSync } from "../lib/open-regular.ts";
import { makeFolderSync } from "../lib/private-files.ts";

const TaskRecord = z.object({
  version: z.literal(1),
  task: Task,
  /** What was asked for: what its worker is made from again. */
  input: z.unknown().optional(),
});
export type TaskRecord = Pick<z.infer<typeof TaskRecord>, "task" | "input">;

const SUFFIX = ".json";
const MAX_RECORD_BYTES = 4 << 20;

export class TaskRecords {
  readonly #folder: string;
  readonly #warn: (sentence: string) => void;

  constructor(folder: string, warn: (sentence: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** How many there are, without a look at them. */
  count(): number {
    try {
      return readdirSync(this.#folder).length;
    } catch {
      return 0;
    }
  }

  /** All records, oldest first. What can't be read is told and removed: it is of no use to anybody. */
  load(): TaskRecord[] {
    makeFolderSync(this.#folder);
    const records: TaskRecord[] = [];
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      try {
        if (!name.endsWith(SUFFIX)) throw new Error("no record of a task");
        records.push(TaskRecord.parse(JSON.parse(readRegularSync(path, MAX_RECORD_BYTES))));
      } catch (error) {
        this.#warn(`${path} is removed: ${String(error)}`);
        rmSync(path, { force: true, recursive: true });
      }
    }
    return records.sort((a, b) => (a.task.startedAt < b.task.startedAt ? -1 : 1));
  }

  /**
   * Done when this returns, so that no answer about a task is ahead of its record. Not synced: it is the engine's end that
   * records are for, and a power cut takes the work along with them. A failure is told, not thrown.
   */
  save({ task, input }: TaskRecord): void {
    const path = this.#pathOf(task.id);
    try {
      makeFolderSync(this.#folder);
      writeFileSync(`${path}.tmp`, JSON.stringify({ version: 1, task, input }), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    } catch (error) {
      this.#warn(`The task “${task.title}” could not be saved: ${String(error)}`);
    }
  }

  remove(id: string): void {
    rmSync(this.#pathOf(id), { force: true });
  }

  #pathOf(id: string): string {
    return join(this.#folder, id + SUFFIX);
  }
}
