import { expect, test } from "vitest";
import { goalOf } from "./row-keys.ts";

test.each([
  ["ArrowDown", 3, 4],
  ["ArrowDown", 9, 9],
  ["ArrowDown", -1, 0],
  ["ArrowUp", 3, 2],
  ["ArrowUp", 0, 0],
  ["ArrowUp", -1, 9],
  ["Home", 5, 0],
  ["End", 5, 9],
  ["PageDown", 2, 6],
  ["PageDown", 8, 9],
  ["PageUp", 8, 4],
  ["PageUp", 2, 0],
])("%s from row %i of ten leads to row %i", (key, at, row) => {
  expect(goalOf(key, at, 10, 4)?.row).toBe(row);
});

test("a key that leads past what is no choice goes on in its own direction, and no further than it was asked from the ends", () => {
  expect(["ArrowDown", "ArrowUp", "Home", "End"].map((key) => goalOf(key, 5, 10, 4)?.step)).toEqual([1, -1, 1, -1]);
});

test("any other key leads nowhere", () => {
  expect(goalOf("a", 0, 10, 4)).toBeUndefined();
});
