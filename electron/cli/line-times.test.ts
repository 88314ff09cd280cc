import { expect, test } from "vitest";
import type { ConsoleChunk } from "../../shared/contract/instances.ts";
import { LineTimes } from "./line-times.ts";

const chunk = (offset: number, text: string, times: ConsoleChunk["times"]): ConsoleChunk => ({
  offset,
  bytes: Buffer.from(text).toString("base64"),
  part: "program",
  times,
});
const second = (n: number) => new Date(n * 1000).toISOString();
const unknown = " ".repeat(24);

test("each line has the moment of its first byte", () => {
  const lines = new LineTimes();

  const text = lines
    .add(
      chunk(0, "one\ntwo\nthree\n", [
        [0, 1000],
        [4, 2000],
        [10, 3000],
      ]),
    )
    .toString();

  expect(text).toBe(`${second(1)} one\n${second(2)} two\n${second(2)} three\n`);
});

test("a line that comes in pieces has one time", () => {
  const lines = new LineTimes();

  const text =
    lines.add(chunk(0, "on", [[0, 1000]])).toString() + lines.add(chunk(2, "e\ntwo", [[2, 5000]])).toString();

  expect(text).toBe(`${second(1)} one\n${second(5)} two`);
});

test("what nobody watched has none", () => {
  const lines = new LineTimes();

  const text = lines
    .add(
      chunk(0, "one\ntwo\n", [
        [0, null],
        [4, 2000],
      ]),
    )
    .toString();

  expect(text).toBe(`${unknown} one\n${second(2)} two\n`);
});
