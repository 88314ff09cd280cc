/** The tasks of this engine: what runs, what ran, and how a worker reports on itself. */

import type { Task } from "../../../shared/contract/tasks.ts";
import { Problem, reportOf } from "../../../shared/problem.ts";
import { randomUUID } from "../lib/crypto.ts";
import type { EventHub } from "../lib/event-hub.ts";
import type { TaskRecord, TaskRecords } from "./task-records.ts";

/** What a worker gets: how to say where it is, and how it learns that it shall stop. */
export interface TaskControl {
  readonly id: string;
  readonly signal: AbortSignal;
  /** Begins a new phase; its progress starts at 0. `total` 0: not known. */
  phase(name: string, total?: number, unit?: "bytes" | "steps"): void;
  /** Adds to the progress of the present phase. */
  advance(amount: number): void;
  /** A line to be read afterwards. */
  note(line: string): void;
}

type Result = NonNullable<Task["result"]>;
export type Worker = (control: TaskControl) => Promise<Result>;

interface Asked {
  /** What it works on, where a list wants to show it there. */
  subject?: string | undefined;
  /** What was asked for, in JSON: a later engine makes the worker from it again. */
  input?: unknown;
}

export interface TaskListOptions {
  /** Where tasks are written down; without, they are forgotten with the engine. */
  records?: TaskRecords;
  /** Makes the worker of a task that an earlier engine began, from what was asked for then. Throws where it can't. */
  revive?: (kind: Task["kind"], input: unknown) => Worker;
}

/** Progress is published at most this often; phases and the end at once. */
const PUBLISH_EVERY_MS = 100;
/** Ended tasks beyond this number are forgotten, oldest first. */
const KEEP_ENDED = 100;
/** So many more may be on the disk before an engine that knows none of them reads them all to forget the oldest. */
const SLACK = 50;
const MAX_OUTPUT_LINES = 1000;

interface Entry extends TaskRecord {
  worker: Worker;
  abort: AbortController;
  watchers: Set<() => void>;
  publishTimer: NodeJS.Timeout | undefined;
}

export class TaskList {
  readonly #events: EventHub;
  /** By id, oldest first. */
  #entries = new Map<string, Entry>();
  readonly #options: TaskListOptions;
  #knowsEarlier = false;

  constructor(events: EventHub, options: TaskListOptions = {}) {
    this.#events = events;
    this.#options = options;
  }

  /**
   * Takes over the tasks of earlier engines, when somebody first asks for more than what was begun here; those that were under
   * way are `interrupted`.
   */
  #loadEarlier(): void {
    if (this.#knowsEarlier) return;
    this.#knowsEarlier = true;
    const own = this.#entries;
    this.#entries = new Map();
    for (const { task, input } of this.#options.records?.load() ?? []) {
      if (own.has(task.id)) continue;
      const worker: Worker = async (control) => {
        if (!this.#options.revive) throw new Error("this kind of task cannot be retried");
        return this.#options.revive(task.kind, input)(control);
      };
      const entry = makeEntry(task.state === "running" ? interrupted(task) : task, worker, input);
      this.#entries.set(task.id, entry);
      if (entry.task !== task) this.#options.records?.save(entry);
    }
    for (const [id, entry] of own) this.#entries.set(id, entry);
  }

  /** Whether a task is under way. */
  isBusy(): boolean {
    return this.#running().length > 0;
  }

  #running(): Entry[] {
    return [...this.#entries.values()].filter(({ task }) => task.state === "running");
  }

  list(): Task[] {
    this.#loadEarlier();
    return [...this.#entries.values()].map((entry) => entry.task);
  }

  /** Starts `worker` and answers at once. The task is `cancelled` when the worker fails after a cancel. */
  start(kind: Task["kind"], title: string, worker: Worker, { subject, input }: Asked = {}): Task {
    const task: Task = {
      id: randomUUID(),
      kind,
      title,
      subject,
      state: "running",
      phase: "Starting",
      progress: { done: 0, total: 0, unit: "steps" },
      startedAt: new Date().toISOString(),
      output: [],
    };
    const entry = makeEntry(task, worker, input);
    this.#entries.set(task.id, entry);
    this.#options.records?.save(entry);
    this.#publish(entry);
    void this.#run(entry);
    return entry.task;
  }

  cancel(id: string): Task {
    const entry = this.#find(id);
    if (entry.task.state === "running") entry.abort.abort(new Problem("task.cancelled", "The task was cancelled"));
    return entry.task;
  }

  retry(id: string): Task {
    const { task, worker, input } = this.#find(id);
    if (task.state === "running") throw new Problem("engine.busy", `“${task.title}” is still running`);
    this.dismiss(id);
    return this.start(task.kind, task.title, worker, { subject: task.subject, input });
  }

  dismiss(id: string): void {
    const { task } = this.#find(id);
    if (task.state === "running")
      throw new Problem("engine.busy", `“${task.title}” is still running`, { hint: "Cancel it first." });
    this.#forget(id);
  }

  /** The task now and at every change, ending with its last state. */
  async *follow(id: string, signal?: AbortSignal): AsyncGenerator<Task> {
    const entry = this.#find(id);
    let changed = Promise.withResolvers<void>();
    const wake = () => changed.resolve();
    entry.watchers.add(wake);
    signal?.addEventListener("abort", wake, { once: true });
    try {
      while (!signal?.aborted) {
        // The entry's task may be a newer one when the consumer asks again: what was yielded decides.
        const { task } = entry;
        yield task;
        if (task.state !== "running") return;
        await changed.promise;
        changed = Promise.withResolvers<void>();
      }
    } finally {
      entry.watchers.delete(wake);
      signal?.removeEventListener("abort", wake);
    }
  }

  /** Cancels what runs and waits until it has stopped. */
  async close(): Promise<void> {
    await Promise.all(
      this.#running().map(async (entry) => {
        entry.abort.abort(new Problem("task.cancelled", "The engine is closing"));
        for await (const _ of this.follow(entry.task.id));
      }),
    );
  }

  async #run(entry: Entry): Promise<void> {
    const control = this.#control(entry);
    let end: Pick<Task, "state" | "result" | "problem">;
    try {
      end = { state: "done", result: await entry.worker(control) };
    } catch (error) {
      const cancelled = entry.abort.signal.aborted;
      end = { state: cancelled ? "cancelled" : "failed", problem: reportOf(error) };
    }
    this.#update(entry, { ...end, endedAt: new Date().toISOString() });
    this.#options.records?.save(entry);
    this.#publish(entry);
    this.#forgetOldest();
  }

  #control(entry: Entry): TaskControl {
    return {
      id: entry.task.id,
      signal: entry.abort.signal,
      phase: (phase, total = 0, unit = "steps") => {
        this.#update(entry, { phase, progress: { done: 0, total, unit } });
        this.#publish(entry);
      },
      advance: (amount) => {
        const { progress } = entry.task;
        this.#update(entry, { progress: { ...progress, done: progress.done + amount } });
        this.#publishSoon(entry);
      },
      note: (line) => {
        this.#update(entry, { output: [...entry.task.output, line].slice(-MAX_OUTPUT_LINES) });
        this.#publishSoon(entry);
      },
    };
  }

  #update(entry: Entry, change: Partial<Task>): void {
    entry.task = { ...entry.task, ...change };
  }

  #publishSoon(entry: Entry): void {
    entry.publishTimer ??= setTimeout(() => this.#publish(entry), PUBLISH_EVERY_MS);
  }

  #publish(entry: Entry): void {
    clearTimeout(entry.publishTimer);
    entry.publishTimer = undefined;
    this.#events.publish({ tasks: { upsert: [entry.task], remove: [] } });
    for (const wake of entry.watchers) wake();
  }

  #forget(id: string): void {
    this.#entries.delete(id);
    this.#options.records?.remove(id);
    this.#events.publish({ tasks: { upsert: [], remove: [id] } });
  }

  #forgetOldest(): void {
    if (!this.#knowsEarlier && (this.#options.records?.count() ?? 0) <= KEEP_ENDED + SLACK) return;
    const ended = this.list().filter((task) => task.state !== "running");
    for (const task of ended.slice(0, Math.max(0, ended.length - KEEP_ENDED))) this.#forget(task.id);
  }

  #find(id: string): Entry {
    if (!this.#entries.has(id)) this.#loadEarlier();
    const entry = this.#entries.get(id);
    if (!entry) throw new Problem("task.not-found", "There is no such task", { hint: "It may have been dismissed." });
    return entry;
  }
}

function makeEntry(task: Task, worker: Worker, input: unknown): Entry {
  return { task, worker, input, abort: new AbortController(), watchers: new Set(), publishTimer: undefined };
}

/** A task that ran when its engine ended. */
function interrupted(task: Task): Task {
  const problem = new Problem("task.interrupted", `“${task.title}” was interrupted: the engine exited`, {
    hint: "Partial results were removed. Retry it.",
  });
  return { ...task, state: "interrupted", endedAt: new Date().toISOString(), problem: problem.report() };
}
