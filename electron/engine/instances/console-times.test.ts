import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConsoleTimes } from "./console-times.ts";

let folder: string;
const path = () => join(folder, "console.times");
const open = (total = 0) => new ConsoleTimes(path(), total);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-times-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a console without marks has no times", async () => {
  expect(await open().between(0, 100)).toEqual([]);
});

test("bytes have the time of the mark before them", async () => {
  const times = open();
  times.mark(0, 5, 1000);
  times.mark(10, 15, 2000);
  times.mark(20, 25, 3000);

  expect(await times.between(0, 100)).toEqual([
    [0, 1000],
    [10, 2000],
    [20, 3000],
  ]);
  expect(await times.between(15, 18)).toEqual([[10, 2000]]);
  expect(await times.between(20, 21)).toEqual([[20, 3000]]);
});

test("marks that follow each other closely are one", async () => {
  const times = open();
  times.mark(0, 5, 1000);
  times.mark(10, 15, 1001);
  times.mark(20, 25, 1300);

  expect(await times.between(0, 100)).toEqual([
    [0, 1000],
    [20, 1300],
  ]);
});

test("what nobody watched has no time, also for an engine that comes later", async () => {
  open().mark(0, 50, 1000);
  const later = open(70);
  later.mark(70, 75, 9000);

  expect(await open(75).between(40, 100)).toEqual([
    [0, 1000],
    [50, null],
    [70, 9000],
  ]);
});

test("what the engine before has seen keeps its time", async () => {
  open().mark(0, 50, 1000);

  expect(await open(50).between(0, 50)).toEqual([[0, 1000]]);
});

test("half a mark at the end is cut off", async () => {
  open().mark(0, 5, 1000);
  appendFileSync(path(), "half");

  const later = open();
  later.mark(5, 10, 2000);

  expect(await later.between(0, 9)).toEqual([
    [0, 1000],
    [5, 2000],
  ]);
});

test("thousands of marks are found without reading them all", async () => {
  const times = open();
  for (let i = 0; i < 5000; i++) times.mark(i * 10, i * 10 + 10, 1000 + i * 1000);

  expect(await times.between(40_005, 40_015)).toEqual([
    [40_000, 4_001_000],
    [40_010, 4_002_000],
  ]);
});

test("of very many marks the oldest are forgotten, and the newest hold", async () => {
  const count = 2 ** 20;
  const marks = new Float64Array(count * 3);
  for (let i = 0; i < count; i++) marks.set([i * 10, 1000 + i, i * 10 + 10], i * 3);
  writeFileSync(path(), Buffer.from(marks.buffer));
  const times = open(count * 10);

  times.mark(count * 10, count * 10 + 5, 9_000_000);

  expect(statSync(path()).size).toBeLessThan(13 * 2 ** 20);
  expect(await times.between(count * 10 - 10, count * 10 + 5)).toEqual([
    [count * 10 - 10, 1000 + count - 1],
    [count * 10, 9_000_000],
  ]);
});
