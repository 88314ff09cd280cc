import { expect, test } from "vitest";
import type { ConsoleChunk } from "./contract/instances.ts";
import { LineTimes } from "./line-times.ts";

const second = (n: number) => new Date(n * 1000).toISOString();
const unknown = " ".repeat(24);

/** What the pieces become together, as text. */
function withTimes(...pieces: [offset: number, text: string, times: ConsoleChunk["times"]][]): string {
  const lines = new LineTimes((moment) => `${moment === null ? unknown : new Date(moment).toISOString()} `);
  const decoder = new TextDecoder();
  return pieces
    .flatMap(([offset, text, times]) => [...lines.add({ offset, bytes: new TextEncoder().encode(text), times })])
    .map((part) => (typeof part === "string" ? part : decoder.decode(part)))
    .join("");
}

test("each line has the moment of its first byte", () => {
  const text = withTimes([
    0,
    "one\ntwo\nthree\n",
    [
      [0, 1000],
      [4, 2000],
      [10, 3000],
    ],
  ]);

  expect(text).toBe(`${second(1)} one\n${second(2)} two\n${second(2)} three\n`);
});

test("a line that comes in pieces has one time", () => {
  const text = withTimes([0, "on", [[0, 1000]]], [2, "e\ntwo", [[2, 5000]]]);

  expect(text).toBe(`${second(1)} one\n${second(5)} two`);
});

test("what nobody watched has none", () => {
  const text = withTimes([
    0,
    "one\ntwo\n",
    [
      [0, null],
      [4, 2000],
    ],
  ]);

  expect(text).toBe(`${unknown} one\n${second(2)} two\n`);
});
