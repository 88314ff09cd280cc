import { expect, test } from "vitest";
import { hexOf, textOf } from "./preview-bytes.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const utf8 = (text: string) => new TextEncoder().encode(text);

test("text is text in any language, with escapes of a terminal too", () => {
  expect(textOf(utf8("héllo\n\tworld ✓\u001b[1m"), true)).toBe("héllo\n\tworld ✓\u001b[1m");
  expect(textOf(bytes(), true)).toBe("");
});

test("zeros, other control characters and broken UTF-8 are no text", () => {
  expect(textOf(bytes(0x7f, 0x45, 0x4c, 0x46), true)).toBeUndefined();
  expect(textOf(utf8("a\0b"), true)).toBeUndefined();
  expect(textOf(bytes(0x61, 0xff), true)).toBeUndefined();
});

test("a character that is cut is no harm where the file goes on, and none at its end", () => {
  const cut = utf8("grün").subarray(0, 3);

  expect(textOf(cut, false)).toBe("gr");
  expect(textOf(cut, true)).toBeUndefined();
});

test("bytes are sixteen a line, with where they are and the signs they stand for", () => {
  const lines = hexOf(Uint8Array.from({ length: 18 }, (_, n) => n + 0x3a)).split("\n");

  expect(lines).toEqual([
    "00000000  3a 3b 3c 3d 3e 3f 40 41  42 43 44 45 46 47 48 49  :;<=>?@ABCDEFGHI",
    "00000010  4a 4b                                             JK",
  ]);
  expect(hexOf(bytes(0, 0x7f, 0xff))).toContain("  ...");
});
