// @vitest-environment jsdom
import { Terminal } from "@xterm/xterm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { leaveModes, makeHarmless, openLink } from "./harmless.ts";

const ESC = "\x1b";
const write = (terminal: Terminal, data: string | Uint8Array) =>
  new Promise<void>((resolve) => terminal.write(data, resolve));
const line = (terminal: Terminal, at: number) => terminal.buffer.active.getLine(at)?.translateToString(true);

function aTerminal(mayAnswer = false) {
  const terminal = new Terminal({ allowProposedApi: true, cols: 80, rows: 24, convertEol: true });
  makeHarmless(terminal, () => mayAnswer);
  const answers: string[] = [];
  const titles: string[] = [];
  terminal.onData((data) => answers.push(data));
  terminal.onTitleChange((title) => titles.push(title));
  return { terminal, answers, titles };
}

/** Everything that a terminal answers, and what it asks about. */
const questions: [what: string, sequence: string][] = [
  ["device attributes", `${ESC}[c`],
  ["secondary device attributes", `${ESC}[>c`],
  ["tertiary device attributes", `${ESC}[=c`],
  ["status", `${ESC}[5n`],
  ["cursor position", `${ESC}[6n`],
  ["cursor position, DEC", `${ESC}[?6n`],
  ["mode", `${ESC}[4$p`],
  ["mode, DEC", `${ESC}[?2004$p`],
  ["terminal version", `${ESC}[>q`],
  ["settings", `${ESC}P$qm${ESC}\\`],
  ["window size", `${ESC}[14t${ESC}[18t`],
  ["window title", `${ESC}[21t`],
  ["colour of a palette entry", `${ESC}]4;1;?\x07`],
  ["foreground", `${ESC}]10;?\x07`],
  ["background", `${ESC}]11;?\x07`],
  ["cursor colour", `${ESC}]12;?\x07`],
  ["clipboard", `${ESC}]52;c;?\x07`],
];

describe("a console that is replayed", () => {
  test.each(questions)("types nothing at the guest when the log asks for its %s", async (_what, sequence) => {
    const { terminal, answers } = aTerminal(false);

    await write(terminal, `before${sequence}after`);

    expect(answers).toEqual([]);
    expect(line(terminal, 0)).toBe("beforeafter");
  });

  test("answers a guest that is there and asks now", async () => {
    const { terminal, answers } = aTerminal(true);

    await write(terminal, `${ESC}[6n`);

    expect(answers).toEqual([`${ESC}[1;1R`]);
  });

  test.each([
    ["clipboard", `${ESC}]52;c;?\x07`],
    ["colours", `${ESC}]11;?\x07`],
    ["title", `${ESC}[21t`],
  ])("never tells even that guest about the %s", async (_what, sequence) => {
    const { terminal, answers } = aTerminal(true);

    await write(terminal, sequence);

    expect(answers).toEqual([]);
  });
});

describe("output of a guest", () => {
  test.each([0, 1, 2, 52, 7, 9, 777, 1337])("can't reach beyond the screen by OSC %d", async (code) => {
    const { terminal, titles } = aTerminal(true);

    await write(terminal, `${ESC}]${code};owned\x07done`);

    expect(titles).toEqual([]);
    expect(line(terminal, 0)).toBe("done");
  });

  test("that is no UTF-8 is drawn as what it is not, and what follows is drawn as it is", async () => {
    const { terminal } = aTerminal();

    await write(terminal, Uint8Array.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8, 0x0a, 0x6f, 0x6b]));

    expect(line(terminal, 1)).toBe("ok");
  });

  test("with NULs loses nothing but these", async () => {
    const { terminal } = aTerminal();

    await write(terminal, "a\0b\0\0c");

    expect(line(terminal, 0)).toBe("abc");
  });

  test("at random never stops the terminal", async () => {
    const { terminal } = aTerminal(true);
    let seed = 42;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % 256;
    };

    for (let round = 0; round < 200; round++) {
      // Every second byte is likely to begin or to go on with a sequence.
      const noise = Array.from({ length: 512 }, (_, at) =>
        at % 2 ? [0x1b, 0x5b, 0x5d, 0x50, 0x3b][random() % 5] : random(),
      );
      await write(terminal, Uint8Array.from(noise.map((byte) => byte ?? 0)));
    }
    await write(terminal, `${ESC}\\\x07${ESC}c${ESC}[2Jstill here`);

    expect(line(terminal, terminal.buffer.active.baseY)).toBe("still here");
  });

  test("leaves nothing behind when the guest has ended: other screen, hidden cursor, mouse, paste, line drawing", async () => {
    const { terminal } = aTerminal();
    await write(terminal, `first${ESC}[?1049;1000;1006;1004;2004h${ESC}[?25l${ESC}(0${ESC}[5;10r${ESC}[31mqqq`);

    leaveModes(terminal);
    await write(terminal, "qqq");

    expect(terminal.buffer.active.type).toBe("normal");
    expect(terminal.modes).toMatchObject({
      mouseTrackingMode: "none",
      bracketedPasteMode: false,
      sendFocusMode: false,
    });
    expect(line(terminal, 0)).toContain("first");
    expect(terminal.buffer.active.getLine(0)?.getCell(5)?.getChars()).toBe("q");
    expect(terminal.buffer.active.getLine(0)?.getCell(5)?.isFgDefault()).toBe(true);
  });

  test("that has ended in order is not moved by what would tidy up after it", async () => {
    const { terminal } = aTerminal();
    await write(terminal, "one\ntwo\n");

    leaveModes(terminal);
    await write(terminal, "three");

    expect([line(terminal, 0), line(terminal, 1), line(terminal, 2)]).toEqual(["one", "two", "three"]);
  });
});

describe("a link in a console", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each([
    ["https://example.org/x", true],
    ["http://localhost:8080", true],
    ["javascript:alert(1)", false],
    ["file:///etc/passwd", false],
    ["data:text/html,x", false],
    ["no address", false],
  ])("%s is opened: %s", (address, isOpened) => {
    const opened = vi.spyOn(window, "open").mockReturnValue(null);

    openLink(new MouseEvent("click"), address);

    expect(opened.mock.calls).toEqual(isOpened ? [[address, "_blank", "noopener,noreferrer"]] : []);
  });
});
