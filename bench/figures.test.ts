import { expect, test } from "vitest";
import { median, medianOf, tableOf } from "./figures.ts";

test("the median is a value that was measured", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 9, 1, 5])).toBe(5);
  expect(() => median([])).toThrow(RangeError);
});

test("a table shows the spread, and whether a goal is met", () => {
  const figures = [medianOf("microvm", [90, 100.04, 300], 100), medianOf("q35", [240, 260], 200)];

  const lines = tableOf({ title: "Boot", figures: [...figures, { name: "kernel", unit: "KB", value: 400, goal: 400 }] })
    .split("\n")
    .map((line) => line.replaceAll(/ +/g, " ").trim());

  expect(lines).toEqual([
    "",
    "Boot",
    "microvm 100.0 ms 90.0 to 300.0 goal 100 ms: missed",
    "q35 240.0 ms 240.0 to 260.0 goal 200 ms: missed",
    "kernel 400.0 KB goal 400 KB: met",
  ]);
});
