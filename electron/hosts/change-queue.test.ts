import { expect, test } from "vitest";
import { Changes } from "../../shared/contract/events.ts";
import { defaultSettings } from "../../shared/contract/settings.ts";
import type { Task } from "../../shared/contract/tasks.ts";
import { ChangeQueue } from "./change-queue.ts";

const task = (id: string, done: number): Task => ({
  id,
  kind: "build",
  title: id,
  state: "running",
  phase: "",
  progress: { done, total: 10, unit: "steps" },
  startedAt: "2026-01-01T00:00:00Z",
  output: [],
});
const upsert = (...tasks: Task[]): Changes => ({ type: "changes", tasks: { upsert: tasks, remove: [] } });
const remove = (...ids: string[]): Changes => ({ type: "changes", tasks: { upsert: [], remove: ids } });

test("what changed many times is told once, as it is now", async () => {
  const queue = new ChangeQueue();

  for (let i = 0; i < 10_000; i++) queue.push(upsert(task("a", i), task("b", -i)));

  const changes = await queue.take();
  expect(changes?.tasks?.upsert.map(({ id, progress }) => [id, progress.done])).toEqual([
    ["a", 9999],
    ["b", -9999],
  ]);
});

test("the later of a change and a removal counts", async () => {
  const queue = new ChangeQueue();

  queue.push(upsert(task("gone", 1)));
  queue.push(remove("gone", "back"));
  queue.push(upsert(task("back", 2)));

  expect((await queue.take())?.tasks).toEqual({ upsert: [task("back", 2)], remove: ["gone"] });
});

test("what was taken is not told again, and domains that did not change are not named", async () => {
  const queue = new ChangeQueue();
  queue.push(upsert(task("a", 1)));
  await queue.take();

  queue.push({ type: "changes", settings: defaultSettings });

  expect(await queue.take()).toEqual({ type: "changes", settings: defaultSettings });
});

test("taking waits for a change, or for its signal", async () => {
  const queue = new ChangeQueue();
  const stop = new AbortController();

  const first = queue.take();
  queue.push(remove("x"));
  expect((await first)?.tasks?.remove).toEqual(["x"]);

  const second = queue.take(stop.signal);
  stop.abort();
  expect(await second).toBeUndefined();
});

const { type: _, ...parts } = Changes.shape;

test.each(Object.keys(parts))("a change of %s comes through", async (domain) => {
  const queue = new ChangeQueue();
  const samples = [{ upsert: [], remove: ["a"] }, [], defaultSettings];
  const [change] = samples.flatMap((sample) => Changes.safeParse({ type: "changes", [domain]: sample }).data ?? []);
  if (!change) throw new Error(`none of the samples is a change of ${domain}`);

  queue.push(change);

  expect(await queue.take()).toEqual(change);
  expect(Object.keys(change)).toEqual(["type", domain]);
});
