import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EventHub } from "../lib/event-hub.ts";
import { TaskList, type TaskListOptions, type Worker } from "./task-list.ts";
import { TaskRecords } from "./task-records.ts";

let folder: string;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-tasks-"));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The task list of an engine that has just begun. */
function engine(revive?: TaskListOptions["revive"]): TaskList {
  const records = new TaskRecords(folder, (sentence) => warnings.push(sentence));
  return new TaskList(new EventHub(), { records, ...(revive && { revive }) });
}

async function toEnd(tasks: TaskList, id: string) {
  for await (const task of tasks.follow(id)) if (task.state !== "running") return task;
  throw new Error("a task that is followed ends");
}

const never: Worker = () => new Promise(() => undefined);

test("a task that ran when its engine ended is interrupted, for every engine that comes later", async () => {
  const { id } = engine().start("build", "Build hello", never, { input: { program: "/hello" } });

  const next = engine();
  const afterThat = engine();

  const wanted = { id, title: "Build hello", state: "interrupted", problem: { code: "task.interrupted" } };
  expect(next.list()).toMatchObject([wanted]);
  expect(afterThat.list()).toEqual(next.list());
  expect((await toEnd(next, id)).state).toBe("interrupted");
});

test("earlier tasks are read when they are asked for, and those of this engine are none of them", async () => {
  const { id: earlier } = engine().start("build", "Build hello", never);
  const next = engine();
  const { id: own } = next.start("build", "Build more", never);
  const recordOf = (id: string) => readFileSync(join(folder, `${id}.json`), "utf8");

  expect(next.isBusy()).toBe(true);
  expect(recordOf(earlier)).toContain('"state":"running"');

  expect(next.list()).toMatchObject([
    { id: earlier, state: "interrupted" },
    { id: own, state: "running" },
  ]);
  expect(recordOf(earlier)).toContain('"state":"interrupted"');
  expect(recordOf(own)).toContain('"state":"running"');
});

test("engines of which each begins one task and asks for no other do not fill the disk", async () => {
  for (let count = 0; count < 160; count++) {
    const one = engine();
    const { id } = one.start("build", "Build hello", async () => ({ image: "hello" }));
    await toEnd(one, id);
  }

  const records = readdirSync(folder).length;
  expect(records).toBeGreaterThanOrEqual(100);
  expect(records).toBeLessThanOrEqual(150);
});

test("a task that had ended stays as it ended", async () => {
  const first = engine();
  const { id } = first.start("build", "Build hello", async () => ({ image: "hello" }));
  await toEnd(first, id);

  expect(engine().list()).toMatchObject([{ id, state: "done", result: { image: "hello" } }]);
});

test("an interrupted task is done again from what was asked for", async () => {
  const { id } = engine().start("build", "Build hello", never, { input: { program: "/hello" } });
  const asked: unknown[] = [];
  const next = engine((kind, input) => async () => {
    asked.push([kind, input]);
    return { image: "hello" };
  });

  const again = next.retry(id);

  expect(await toEnd(next, again.id)).toMatchObject({ state: "done", result: { image: "hello" } });
  expect(asked).toEqual([["build", { program: "/hello" }]]);
  expect(next.list().map((task) => task.id)).toEqual([again.id]);
});

test("what was asked for can be something that this engine does not understand: the task fails, and says so", async () => {
  const { id } = engine().start("build", "Build hello", never, { input: { program: 7 } });
  const next = engine(() => {
    throw new TypeError("program is no path");
  });

  const again = next.retry(id);

  expect(await toEnd(next, again.id)).toMatchObject({ state: "failed", problem: { code: "engine.bug" } });
});

test("a dismissed task is gone for good", async () => {
  const first = engine();
  const { id } = first.start("build", "Build hello", async () => ({}));
  await toEnd(first, id);

  first.dismiss(id);

  expect(engine().list()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["nonsense.json", "nonsense"],
  ["empty.json", ""],
  ["other.json", '{"version":2}'],
  ["half.json.tmp", "{"],
])("a file that is no record is told and removed: %s", (name, content) => {
  writeFileSync(join(folder, name), content);

  expect(engine().list()).toEqual([]);
  expect(warnings).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});
