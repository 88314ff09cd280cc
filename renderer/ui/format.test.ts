import { describe, expect, test } from "vitest";
import { count, formatAgo, formatBytes, formatSpan } from "./format.ts";

describe("sizes", () => {
  test.each([
    [0, "0 B"],
    [612, "612 B"],
    [1023, "1.0 KB"],
    [1024, "1 KB"],
    [220 * 1024, "220 KB"],
    [1020 * 1024, "1.0 MB"],
    [7_444_890, "7.1 MB"],
    [256 * 2 ** 20, "256 MB"],
    [2 ** 40, "1 TB"],
    [2 ** 52, "4096 TB"],
  ])("%d bytes are %s", (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });
});

describe("spans of time", () => {
  test.each([
    [-5, "0.0 ms"],
    [4.94, "4.9 ms"],
    [18.2, "18 ms"],
    [1840, "1.8 s"],
    [59_999, "59 s"],
    [60_000, "1 m"],
    [7_300_000, "2 h"],
    [5 * 86_400_000, "5 d"],
  ])("%d ms are %s", (ms, words) => {
    expect(formatSpan(ms)).toBe(words);
  });
});

describe("moments in the past", () => {
  const noon = new Date(2026, 10, 24, 12).getTime();

  test.each([
    [9_000, "just now"],
    [14_000, "14 s ago"],
    [120_000, "2 min ago"],
    [3 * 3_600_000, "3 h ago"],
    [13 * 3_600_000, "yesterday"],
    [12 * 86_400_000, "12 Nov"],
    [365 * 86_400_000, "24 Nov 2025"],
  ])("%d ms before noon are %s", (before, words) => {
    expect(formatAgo(noon - before, noon)).toBe(words);
  });
});

test("one is counted as one", () => {
  expect([count(1, "task"), count(2, "task"), count(2, "library", "libraries")]).toEqual([
    "1 task",
    "2 tasks",
    "2 libraries",
  ]);
});
