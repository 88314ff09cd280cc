import { expect, test } from "vitest";
import { LongLines } from "./long-lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const joined = (...pieces: Uint8Array[]) => {
  const lines = new LongLines();
  return Buffer.concat(pieces.flatMap((piece) => [...lines.split(piece)])).toString();
};
const longest = (text: string) => Math.max(...text.split("\n").map(({ length }) => length));

test("ordinary output passes as it is", () => {
  const text = `${"x".repeat(8000)}\n`.repeat(20);

  expect(joined(bytes(text))).toBe(text);
});

test("10 MB without a newline become lines that can be searched, and not a byte is lost", () => {
  const text = "0123456789".repeat(1 << 20);

  const drawn = joined(bytes(text));

  expect(longest(drawn)).toBeLessThan(9000);
  expect(drawn.replaceAll("\r\n", "")).toBe(text);
});

test("the length of a line is counted over pieces", () => {
  const drawn = joined(...Array.from({ length: 100 }, () => bytes("x".repeat(1000))));

  expect(longest(drawn)).toBeLessThan(9000);
});

test("no character is cut in two, in a piece or between two", () => {
  const text = "€".repeat(20_000);
  const all = bytes(text);

  for (const at of [8190, 8191, 8192, 8193, 8194])
    expect(joined(all.subarray(0, at), all.subarray(at)).replaceAll("\r\n", "")).toBe(text);
});

test("no short escape sequence is cut in two", () => {
  const drawn = joined(bytes(`${"x".repeat(8190)}\u001b[38;2;10;20;30m${"y".repeat(9000)}`));

  expect(drawn).toContain("\u001b[38;2;10;20;30my");
});
