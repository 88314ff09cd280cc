import { describe, expect, test } from "vitest";
import type { Task } from "../../../shared/contract/tasks.ts";
import { Problem } from "../../../shared/problem.ts";
import { EventHub } from "../lib/event-hub.ts";
import { TaskList } from "./task-list.ts";

async function lastState(tasks: TaskList, id: string): Promise<Task> {
  let last: Task | undefined;
  for await (const task of tasks.follow(id)) last = task;
  if (!last) throw new Error("a task that is followed yields at least once");
  return last;
}

/** Never done until it is cancelled. */
const untilCancelled = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("a task", () => {
  test("ends with its result", async () => {
    const tasks = new TaskList(new EventHub());

    const { id } = tasks.start("build", "Build hello", async () => ({ image: "hello" }));

    expect(await lastState(tasks, id)).toMatchObject({ state: "done", result: { image: "hello" } });
  });

  test("counts progress from 0 in each phase", async () => {
    const tasks = new TaskList(new EventHub());

    const { id } = tasks.start("build", "Build hello", async (control) => {
      control.phase("Reading", 10, "bytes");
      control.advance(10);
      control.phase("Writing", 7, "bytes");
      control.advance(3);
      control.advance(4);
      return {};
    });

    const { phase, progress } = await lastState(tasks, id);
    expect({ phase, progress }).toEqual({ phase: "Writing", progress: { done: 7, total: 7, unit: "bytes" } });
  });

  test("that fails with a problem reports it", async () => {
    const tasks = new TaskList(new EventHub());

    const { id } = tasks.start("build", "Build hello", async () => {
      throw new Problem("disk.full", "The disk is full", { hint: "Free some space." });
    });

    const { state, problem } = await lastState(tasks, id);
    expect({ state, problem }).toMatchObject({
      state: "failed",
      problem: { code: "disk.full", hint: "Free some space." },
    });
  });

  test("that meets a bug says so, with the stack in the details", async () => {
    const tasks = new TaskList(new EventHub());

    const { id } = tasks.start("build", "Build hello", async () => {
      throw new TypeError("undefined is not a function");
    });

    const { problem } = await lastState(tasks, id);
    expect(problem?.code).toBe("engine.bug");
    expect(problem?.details).toContain("task-list.test.ts");
  });

  test("can be cancelled, and is then no failure", async () => {
    const tasks = new TaskList(new EventHub());
    const { id } = tasks.start("build", "Build hello", (control) => untilCancelled(control.signal));

    tasks.cancel(id);

    expect((await lastState(tasks, id)).state).toBe("cancelled");
  });

  test("that ended can be started again under a new id", async () => {
    const tasks = new TaskList(new EventHub());
    let attempts = 0;
    const first = tasks.start("build", "Build hello", async () => {
      attempts += 1;
      if (attempts === 1) throw new Problem("disk.full", "The disk is full");
      return {};
    });
    await lastState(tasks, first.id);

    const second = tasks.retry(first.id);

    expect(second.id).not.toBe(first.id);
    expect((await lastState(tasks, second.id)).state).toBe("done");
    expect(tasks.list().map((task) => task.id)).toEqual([second.id]);
  });

  test("that runs can't be taken off the list", () => {
    const tasks = new TaskList(new EventHub());
    const { id } = tasks.start("build", "Build hello", (control) => untilCancelled(control.signal));

    expect(() => tasks.dismiss(id)).toThrowError(expect.objectContaining({ code: "engine.busy" }));
    tasks.cancel(id);
  });
});

describe("the task list", () => {
  test("publishes a task's first and last state", async () => {
    const events = new EventHub();
    const states: string[] = [];
    events.listen((changes) => states.push(...(changes.tasks?.upsert ?? []).map((task) => task.state)));
    const tasks = new TaskList(events);

    const { id } = tasks.start("build", "Build hello", async () => ({}));
    await lastState(tasks, id);

    expect(states[0]).toBe("running");
    expect(states.at(-1)).toBe("done");
  });

  test("publishes a flood of progress seldom", async () => {
    const events = new EventHub();
    let published = 0;
    events.listen(() => {
      published += 1;
    });
    const tasks = new TaskList(events);

    const { id } = tasks.start("build", "Build hello", async (control) => {
      control.phase("Copying", 100_000, "bytes");
      for (let i = 0; i < 100_000; i += 1) control.advance(1);
      return {};
    });
    const { progress } = await lastState(tasks, id);

    expect(progress.done).toBe(100_000);
    expect(published).toBeLessThan(20);
  });

  test("cancels what runs when it is closed", async () => {
    const tasks = new TaskList(new EventHub());
    tasks.start("build", "Build hello", (control) => untilCancelled(control.signal));

    await tasks.close();

    expect(tasks.list().map((task) => task.state)).toEqual(["cancelled"]);
  });

  test("says which task it does not know", () => {
    const tasks = new TaskList(new EventHub());

    expect(() => tasks.cancel("nobody")).toThrowError(expect.objectContaining({ code: "task.not-found" }));
  });
});
