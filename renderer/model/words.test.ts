import { expect, test } from "vitest";
import { joinWords, splitWords } from "./words.ts";

test.each([
  ["", []],
  ["  one   two ", ["one", "two"]],
  ["'a b' c\"d e\"f", ["a b", "cd ef"]],
  ["''", [""]],
  ['"\\"x\\" \\$y \\n"', ['"x" $y \\n']],
  ["a\\ b", ["a b"]],
  ["'$HOME `id` *'", ["$HOME `id` *"]],
])("%j is split as a shell splits it", (line, words) => {
  expect(splitWords(line)).toEqual({ words });
});

test("an open quote is an error that says where it is", () => {
  expect(splitWords("ab 'c")).toEqual({ error: "The quote ' at position 4 is not closed." });
});

test("a backslash at the end is an error", () => {
  expect(splitWords("ab\\")).toHaveProperty("error");
});

test("words that are joined are split into the same words again", () => {
  const hard = ["", " ", "a'b", '"', "\\", "tab\there", "new\nline", "-x=1", "é", "''", "a b c"];

  expect(splitWords(joinWords(hard))).toEqual({ words: hard });
});
