// @vitest-environment jsdom
import { Terminal } from "@xterm/xterm";
import { expect, test } from "vitest";
import { EVENING } from "../../test/samples.ts";
import type { Piece } from "./feed.ts";
import { Painter } from "./painter.ts";

const piece = (offset: number, text: string, part: Piece["part"]): Piece => ({
  ...{ offset, part, bytes: new TextEncoder().encode(text), lostBytes: 0 },
  times: [[offset, EVENING]],
});

test.each([false, true])("what the kernel says is dimmed, what the program says is not; times: %s", async (times) => {
  const terminal = new Terminal({ allowProposedApi: true, convertEol: true });
  const painter = new Painter(terminal, { dim: "\x1b[38;2;1;2;3m", times });

  await painter.paint(piece(0, "kernel\n", "kernel"));
  await painter.paint(piece(7, "program\n", "program"));
  await painter.paint(piece(15, "panic\n", "kernel"));
  await painter.paint({ ...piece(21, "kernel\n", "kernel"), run: { number: 2, startedAt: EVENING } });

  /** Whether the last letter of a line has a colour of its own. */
  const isDimmed = (row: number) => {
    const line = terminal.buffer.active.getLine(row);
    return line?.getCell(line.translateToString(true).length - 1)?.isFgDefault() === false;
  };
  // The fourth is the line between two runs.
  expect([0, 1, 2, 4].map(isDimmed)).toEqual([true, false, true, true]);
});

test("where older output was discarded, a line of its own says how much", async () => {
  const terminal = new Terminal({ allowProposedApi: true, convertEol: true });
  const painter = new Painter(terminal, { dim: "", times: false });

  await painter.paint({ ...piece(3_000_000, "newest\n", "program"), lostBytes: 3_000_000 });

  const lines = [0, 1].map((row) => terminal.buffer.active.getLine(row)?.translateToString(true));
  expect(lines[0]).toMatch(/^── .*B of older output were discarded ──$/);
  expect(lines[1]).toBe("newest");
});
