import { expect, test } from "vitest";
import { compareNaturally } from "./natural-order.ts";

test("numbers stand by their value, letters whatever their case, punctuation before both", () => {
  const names = ["b", "a10", "A9", "a1", "_x", "1", "-x", "a.b", "a-b", "B2", "a", "10", "9", "é"];

  expect(names.sort(compareNaturally)).toEqual([
    "_x",
    "-x",
    "1",
    "9",
    "10",
    "a",
    "a-b",
    "a.b",
    "a1",
    "A9",
    "a10",
    "b",
    "B2",
    "é",
  ]);
});

test("names of ASCII stand as Intl's collation has them", () => {
  const characters = "abzABZ019_-. ,;:!?'\"()[]{}@*/\\&#%`^+<=>|~$".replace(" ", "");
  // The same numbers each time (Park and Miller).
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const name = () => Array.from({ length: 1 + next(5) }, () => characters[next(characters.length)]).join("");
  const hasLeadingZero = (text: string) => /(^|\D)0\d/.test(text);

  for (let count = 0; count < 20_000; count++) {
    const [a, b] = [name(), name()];
    // What is the same number with more digits before it, collations call equal.
    if (hasLeadingZero(a) || hasLeadingZero(b)) continue;
    const expected = a.localeCompare(b, "en", { numeric: true });
    expect([a, b, Math.sign(compareNaturally(a, b))]).toEqual([a, b, Math.sign(expected)]);
  }
});
