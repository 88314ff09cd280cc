import { expect, test } from "vitest";
import { EventBudget } from "./event-budget.ts";

const line = (event: string, more = "") => `{"event":"${event}","t":1${more}}\n`;

function written(...pieces: string[]): string {
  const budget = new EventBudget();
  const kept = pieces.map((piece) => budget.take(Buffer.from(piece)).toString());
  return kept.join("") + budget.finish().toString();
}

test("the events of an honest guest are written as they are", () => {
  const text = line("entry") + line("disk") + line("listen", ',"protocol":"tcp","port":80') + line("exit", ',"code":0');

  expect(written(text)).toBe(text);
});

test("a line that comes in parts is one line", () => {
  expect(written('{"event":"ex', 'it","t":1}\n{"event"')).toBe(line("exit"));
});

test.each(["listen", "exit", "first-write"])("a flood of %s is bounded, and its last line is kept", (kind) => {
  const text = written(line(kind, ',"port":1').repeat(200_000), line(kind, ',"port":2'));

  expect(text.length).toBeLessThan(100_000);
  expect(text.endsWith(line(kind, ',"port":2'))).toBe(true);
});

test("no flood hides the exit", () => {
  const kinds = Array.from({ length: 500 }, (_, i) => line(`kind-${i}`, `,"x":"${"y".repeat(8000)}"`).repeat(3));

  const text = written(line("listen").repeat(50_000), ...kinds, "\0".repeat(300_000), "\n", line("exit", ',"code":3'));

  expect(text.length).toBeLessThan(2 << 20);
  expect(text).toContain(line("exit", ',"code":3'));
});

test("what is no event is not written", () => {
  expect(written("noise\n", '{"event":"UPPER"}\n', `${"x".repeat(1 << 20)}\n`, line("exit"))).toBe(line("exit"));
});
