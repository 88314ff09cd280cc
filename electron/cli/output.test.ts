import { expect, test } from "vitest";
import { Problem, reportOf } from "../../shared/problem.ts";
import { formatFailure } from "./failure.ts";
import { formatAge, formatBytes, formatTable } from "./output.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [16 * 2 ** 20, "16 MiB"],
  [2 ** 40 * 2048, "2048 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0 s ago"],
  [59_999, "59 s ago"],
  [61_000, "1 min ago"],
  [3_600_000 * 25, "1 d ago"],
])("%d ms ago is %s", (ms, text) => {
  expect(formatAge(1_000_000_000 - ms, 1_000_000_000)).toBe(text);
});

test("a table is aligned, and names can't steer the terminal", () => {
  const table = formatTable(
    ["NAME", "STATE"],
    [
      ["hello", "running"],
      ["\x1b[2J", ""],
    ],
  );

  expect(table).toBe("NAME     STATE\nhello    running\n\\x1b[2J\n");
});

test("a problem is a sentence and a hint, for programs JSON", () => {
  const report = reportOf(new Problem("image.not-found", "There is no image x", { hint: "See `unideck images`." }));

  expect(formatFailure(report, false)).toBe("error: There is no image x\nhint: See `unideck images`.\n");
  expect(JSON.parse(formatFailure(report, true))).toEqual({
    error: { code: "image.not-found", message: "There is no image x", hint: "See `unideck images`." },
  });
});

test("a bug is told as one, with its stack to report", () => {
  const text = formatFailure(reportOf(new TypeError("x is undefined")), false);

  expect(text).toMatch(/^error: Something went wrong inside Unideck: x is undefined\nhint: /);
  expect(text).toContain("output.test.ts");
});
