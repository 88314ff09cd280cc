import { describe, expect, it } from "vitest";
import { toBytes } from "../../formats/tfs/value.ts";
import { parsePath, showPath } from "./guest-path.ts";

describe("a path of an image", () => {
  it.each([
    ["/plain/path.txt", "/plain/path.txt"],
    [toBytes("/grüße/文件 🙂"), "/grüße/文件 🙂"],
    ["/\xff\xfeA", "/\\xff\\xfeA"],
    [`/${toBytes("ü")}\xc3`, "/ü\\xc3"],
    ["/\xed\xa0\x80", "/\\xed\\xa0\\x80"],
    ["/back\\slash", "/back\\\\slash"],
    ["/looks like \\x41", "/looks like \\\\x41"],
    ["/line\nbreak\x1b[31m", "/line\\x0abreak\\x1b[31m"],
    ["/\xc2\x85", "/\\xc2\\x85"],
    [toBytes("\ufeff"), "\ufeff"],
  ])("%j is shown as %s, and that is read back", (bytes, text) => {
    expect(showPath(bytes)).toBe(text);
    expect(parsePath(text)).toBe(bytes);
  });

  it("may be typed with a backslash that begins nothing", () => {
    expect(parsePath("/a\\b\\x4\\xzz")).toBe("/a\\b\\x4\\xzz");
  });

  it("of any bytes survives both ways", () => {
    const every = String.fromCharCode(...Array(256).keys());
    for (let shift = 0; shift < 256; shift += 7) {
      const bytes = every.slice(shift) + every.slice(0, shift);
      expect(parsePath(showPath(bytes))).toBe(bytes);
    }
  });
});
