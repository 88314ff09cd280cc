import { expect, test } from "vitest";
import { TerminalFilter } from "./terminal-filter.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
const COLOUR = /\x1b\[[\d;:]*m/g;

function filtered(text: string | Uint8Array, pieceBytes = Number.POSITIVE_INFINITY): string {
  const filter = new TerminalFilter();
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) parts.push(filter.add(bytes.subarray(at, at + pieceBytes)));
  return Buffer.concat([...parts, filter.end()]).toString("utf8");
}

test.each([
  ["text of any language", "naïve 日本語 🎉\tand\r\n", "naïve 日本語 🎉\tand\r\n"],
  ["colours", "\x1b[1;38:5:9mred\x1b[0m\n", "\x1b[1;38:5:9mred\x1b[0m\n"],
  ["a colour by C1", "\u009b31mred\x1b[m", "\x1b[31mred\x1b[m"],
  ["the clipboard", "a\x1b]52;c;cm0gLXJm\x07b", "ab"],
  ["a title", "a\x1b]0;root@host\x1b\\b", "ab"],
  ["a title by C1", "a\u009d0;x\u009cb", "ab"],
  ["a device string", 'a\x1bP$q"p\x1b\\b', "ab"],
  ["APC, PM and SOS", "a\x1b_x\x1b\\b\x1b^y\x1b\\c\x1bXz\x1b\\d", "abcd"],
  ["questions to the terminal", "a\x1b[6n\x1b[c\x1b[>c\x1b[?1$p\x1b[21t\x05b", "ab"],
  ["cursor, screen and modes", "a\x1b[2J\x1b[1;1H\x1b[?1049h\x1b7\x1bc\x1b(0\x1b[!pb", "ab"],
  ["other sets of characters", "\x0e\x0fa\x1b#8", "a"],
  ["bell and deletion", "a\x07\x00\x7fb", "ab"],
  ["a modifier that only looks like a colour", "a\x1b[>4;1m\x1b[4 mb", "ab"],
  ["a string without an end hides no other line", "a\x1b]52;c;AAAA\nb\n", "a\nb\n"],
  ["a sequence without an end hides no other line", "\x1b[31\nb", "\nb"],
  ["text that runs the other way", "a\u202ecod.exe", "a\\xe2\\x80\\xaecod.exe"],
])("for a terminal: %s", (_, input, output) => {
  expect(filtered(input)).toBe(output);
  expect(filtered(input, 1)).toBe(output);
});

test("bytes that are no UTF-8 are shown as numbers", () => {
  const bytes = Buffer.from([0x61, 0xff, 0x9b, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0x62, 0xe2, 0x80]);

  const text = filtered(bytes);

  expect(text).toBe("a\\xff\\x9b\\xc0\\x80\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80b\\xe2\\x80");
  expect(filtered(bytes, 1)).toBe(text);
});

test("a string that goes on for ever is text again after its bound", () => {
  const text = filtered(`\x1b]52;${"A".repeat(100_000)}`);

  expect(text.length).toBeGreaterThan(95_000);
  expect(text).toMatch(/^A+$/);
});

test("colours do not stay behind", () => {
  expect(filtered("\x1b[7mlast words")).toBe("\x1b[7mlast words\x1b[0m");
});

test("it is known whether something was left out", () => {
  const [plain, moved] = [new TerminalFilter(), new TerminalFilter()];
  plain.add(Buffer.from("\x1b[31mred\x1b[0m\n"));
  moved.add(Buffer.from("\x1b[2J"));

  expect([plain.hasLeftOut, moved.hasLeftOut]).toEqual([false, true]);
});

test("whatever comes, in whatever pieces, only text and colours go out", () => {
  const alphabet = [
    "\x1b",
    "[",
    "]",
    "P",
    "\\",
    "m",
    "3",
    ";",
    "?",
    "52",
    "A",
    "\n",
    "\u009b",
    "\u009d",
    "\u202e",
    "é",
  ];
  let seed = 20_261_201;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 3000; round++) {
    const words = Array.from({ length: random(40) }, () =>
      random(4) === 0 ? Buffer.from([random(256)]) : Buffer.from(alphabet[random(alphabet.length)] ?? ""),
    );
    const bytes = Buffer.concat(words);

    const whole = filtered(bytes);

    const rest = whole.replace(COLOUR, "");
    expect(rest.replace(/[\b\t\n\r]/g, "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}\uFFFD]/u);
    expect(filtered(bytes, 1 + random(3))).toBe(whole);
  }
});
