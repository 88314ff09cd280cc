import { describe, expect, it } from "vitest";
import { fitsPattern } from "./name-pattern.ts";

describe("a pattern for names", () => {
  it.each([
    ["*", "", true],
    ["*", "anything", true],
    ["*.py", "main.py", true],
    ["*.py", "main.pyc", false],
    ["a*b*c", "aXXbYYbZc", true],
    ["a*b*c", "aXXbYY", false],
    ["?at", "cat", true],
    ["?at", "at", false],
    ["?", "ü", true],
    ["[a-c]1", "b1", true],
    ["[a-c]1", "d1", false],
    ["[^a-c]1", "d1", true],
    ["[xa-c]", "x", true],
    ["[a-]", "-", true],
    ["\\*", "*", true],
    ["\\*", "x", false],
    ["[ab", "a", false],
    ["a\\", "a", false],
    ["", "", true],
    ["", "a", false],
  ])("%j and the name %j: %j", (pattern, name, expected) => {
    expect(fitsPattern(name, pattern)).toBe(expected);
  });

  it("takes no time to speak of, however many stars it has", () => {
    const started = performance.now();

    expect(fitsPattern("a".repeat(255), `${"a*".repeat(100)}b`)).toBe(false);

    expect(performance.now() - started).toBeLessThan(200);
  });
});
