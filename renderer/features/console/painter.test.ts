// @vitest-environment jsdom
import { Terminal } from "@xterm/xterm";
import { expect, test } from "vitest";
import { Painter } from "./painter.ts";

test("the kernel's part is dim, and what the program prints after it is not", async () => {
  const terminal = new Terminal({ allowProposedApi: true, convertEol: true });
  const painter = new Painter(terminal, { dim: "\x1b[38;2;1;2;3m", times: false });
  const piece = (text: string, part: "kernel" | "program", offset: number) => ({
    ...{ part, offset, bytes: new TextEncoder().encode(text), lostBytes: 0, times: [] },
  });

  await painter.paint(piece("kernel\n", "kernel", 0));
  await painter.paint(piece("program\n", "program", 7));

  const isColored = (row: number) => terminal.buffer.active.getLine(row)?.getCell(0)?.isFgRGB();
  expect([isColored(0), isColored(1)]).toEqual([true, false]);
});
