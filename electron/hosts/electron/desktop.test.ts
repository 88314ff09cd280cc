import { describe, expect, test } from "vitest";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { Task } from "../../../shared/contract/tasks.ts";
import { noticesBetween } from "./desktop-notices.ts";
import { after, type EngineState, nothingKnown } from "./engine-watch.ts";
import { quitQuestion } from "./quit-question.ts";
import { trayMenu, trayPicture, trayTitle } from "./tray-menu.ts";

const instance = (more: Partial<Instance>): Instance => ({
  milestones: [],
  consoleBytes: 0,
  commandLine: [],
  id: "1a",
  name: "web",
  image: "web",
  state: "running",
  options: { machine: "microvm" },
  hypervisor: "qemu",
  kernel: { kind: "pith" },
  memoryBytes: 1,
  cpus: 1,
  ports: [],
  pendingPorts: [],
  networks: [],
  bridges: [],
  addresses: [],
  listening: [],
  capture: { on: false, isFull: false, files: [] },
  echo: true,
  trace: false,
  runs: 1,
  times: { created: 0 },
  ...more,
});

const task = (more: Partial<Task>): Task => ({
  id: "t1",
  kind: "build",
  title: "Build web",
  state: "running",
  phase: "",
  progress: { done: 0, total: 0, unit: "steps" },
  startedAt: "2026-01-01T00:00:00.000Z",
  output: [],
  ...more,
});

const stateOf = (instances: Instance[], tasks: Task[] = []): EngineState => ({
  instances: new Map(instances.map((one) => [one.id, one])),
  tasks: new Map(tasks.map((one) => [one.id, one])),
  settings: undefined,
});

describe("a notification", () => {
  const running = stateOf([instance({})]);

  test("is for an instance that ended badly", () => {
    const ended = stateOf([instance({ state: "exited", exit: { code: 3, reason: "exited" } })]);

    expect(noticesBetween(running, ended)).toEqual([{ title: "web ended", body: "exit code 3", instance: "1a" }]);
  });

  test.each([
    { code: 0, reason: "exited" },
    { code: 143, reason: "stopped" },
  ])("is not for one that ended as it should: %j", (exit) => {
    expect(noticesBetween(running, stateOf([instance({ state: "exited", exit })]))).toEqual([]);
  });

  test("is not for one that was being stopped, however that went", () => {
    const ended = stateOf([instance({ state: "exited", exit: { reason: "QEMU was told to quit" } })]);

    expect(noticesBetween(stateOf([instance({ state: "stopping" })]), ended)).toEqual([]);
  });

  test("is not for what was so before the window was there", () => {
    expect(
      noticesBetween(nothingKnown, stateOf([instance({ state: "exited", exit: { code: 3, reason: "" } })])),
    ).toEqual([]);
  });

  test("is for a task that took long, done or failed", () => {
    const before = stateOf([], [task({})]);
    const at = (endedAt: string, more: Partial<Task> = {}) => stateOf([], [task({ state: "done", endedAt, ...more })]);

    expect(noticesBetween(before, at("2026-01-01T00:00:30.000Z"))).toMatchObject([{ title: "Finished: Build web" }]);
    expect(noticesBetween(before, at("2026-01-01T00:00:30.000Z", { state: "failed" }))).toMatchObject([
      { title: "Failed: Build web" },
    ]);
    expect(noticesBetween(before, at("2026-01-01T00:00:02.000Z"))).toEqual([]);
  });
});

describe("the tray", () => {
  const calls: string[] = [];
  const menu = (all: Instance[]) =>
    trayMenu(all, {
      open: (id) => calls.push(`open ${id ?? ""}`),
      start: (id) => calls.push(`start ${id}`),
      stop: (id) => calls.push(`stop ${id}`),
      quit: () => calls.push("quit"),
    });

  test("lists what runs and what can be started", () => {
    const labels = menu([instance({}), instance({ id: "2b", name: "db", state: "exited" })]).map(({ label }) => label);

    expect(labels).toEqual(["Open Unideck", undefined, "web", "Start", undefined, "Quit Unideck"]);
    expect(menu([]).map(({ label }) => label)).toContain("No running instances");
    expect(menu(Array.from({ length: 500 }, (_, i) => instance({ id: `${i}` }))).length).toBeLessThan(20);
  });

  test("has a title and a picture", () => {
    expect([0, 1, 2].map(trayTitle)).toEqual(["Unideck", "Unideck: 1 instance runs", "Unideck: 2 instances run"]);
    expect(trayPicture(22)).toHaveLength(22 * 22 * 4);
  });
});

test("what the desktop knows follows the engine's events", () => {
  const changes = { type: "changes" as const, instances: { upsert: [instance({ state: "exited" })], remove: [] } };

  const now = after(stateOf([instance({})]), changes);

  expect(now.instances.get("1a")?.state).toBe("exited");
  expect(after(now, { type: "changes", instances: { upsert: [], remove: ["1a"] } }).instances.size).toBe(0);
});

test("quitting asks where something keeps running", () => {
  expect(quitQuestion([])).toBeUndefined();
  expect(quitQuestion(["web"])?.message).toBe("web keeps running.");
  expect(quitQuestion(["a", "b"])).toMatchObject({
    message: "2 instances keep running.",
    detail: "a, b\nUnideck finds running instances again at its next start.",
  });
  const many = Array.from({ length: 12 }, (_, n) => `i${n}`);
  expect(quitQuestion(many)?.detail).toMatch(/^i0, i1, i2, i3, i4, i5, i6, i7, i8, i9 …\n/);
});
