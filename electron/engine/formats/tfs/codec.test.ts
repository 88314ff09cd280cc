import { describe, expect, it } from "vitest";
import { ByteWriter, readCount, readHeader, readVarint, TfsDamage, Type } from "./codec.ts";

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.bytes().toString("hex");
}

const varints: [number | bigint, string][] = [
  [0, "00"],
  [127, "7f"],
  [128, "8100"],
  [1024, "8800"],
  [2 ** 32, "9080808000"],
  [Number.MAX_SAFE_INTEGER, "8fffffffffffff7f"],
  [7711458642598098073n, encodeSlowly(7711458642598098073n)],
  [2n ** 64n - 1n, "81ffffffffffffffff7f"],
];

/** The definition, word by word: groups of seven bits, most significant first, bit 7 on all but the last. */
function encodeSlowly(value: bigint): string {
  const groups =
    value
      .toString(2)
      .padStart(Math.ceil(value.toString(2).length / 7) * 7, "0")
      .match(/.{7}/g) ?? [];
  return groups
    .map((group, i) => (Number.parseInt(group, 2) | (i < groups.length - 1 ? 0x80 : 0)).toString(16).padStart(2, "0"))
    .join("");
}

describe("a varint", () => {
  it.each(varints)("%s is written as the specification says, and read again", (value, hex) => {
    expect(written((writer) => writer.varint(value))).toBe(hex);
    expect(readVarint(Buffer.from(hex, "hex"), 0)).toEqual({ value, size: hex.length / 2 });
  });

  it("that the bytes end before is not there yet", () => {
    expect(readVarint(Buffer.from("8180", "hex"), 0)).toBeUndefined();
  });

  it.each(["8280808080808080808000", "83ffffffffffffffff7f"])("of more than 64 bits is damage: %s", (hex) => {
    expect(() => readVarint(Buffer.from(hex, "hex"), 0)).toThrow(TfsDamage);
  });

  it("that counts something is refused beyond 2^53", () => {
    expect(() => readCount(Buffer.from("81ffffffffffffffff7f", "hex"), 0)).toThrow(TfsDamage);
  });

  it("can't be written of a negative or broken number", () => {
    expect(() => written((writer) => writer.varint(-1))).toThrow(RangeError);
    expect(() => written((writer) => writer.varint(0.5))).toThrow(RangeError);
  });
});

const headers: [boolean, (typeof Type)[keyof typeof Type], number, string][] = [
  [true, Type.buffer, 9, "8809"],
  [true, Type.string, 5, "c5"],
  [true, Type.tuple, 5, "95"],
  [true, Type.vector, 3, "a3"],
  [false, Type.tuple, 1, "11"],
  [true, Type.tuple, 7, "97"],
  [true, Type.tuple, 8, "9808"],
  [false, Type.buffer, 1023, "0f7f"],
  [false, Type.buffer, 1024, "088800"],
];

describe("a header", () => {
  it.each(headers)("immediate %s, type %s, number %s", (immediate, type, number, hex) => {
    const bytes = written((writer) => writer.header(immediate, type, number));

    expect(readHeader(Buffer.from(bytes, "hex"), 0)).toEqual({
      value: { immediate, type, number },
      size: bytes.length / 2,
    });
    expect(bytes).toBe(hex);
  });

  it("is read at any number that it can hold", () => {
    for (let number = 1; number < Number.MAX_SAFE_INTEGER / 3; number = number * 3 + 1) {
      const bytes = Buffer.from(
        written((writer) => writer.header(true, Type.string, number)),
        "hex",
      );
      expect(readHeader(bytes, 0)).toEqual({
        value: { immediate: true, type: Type.string, number },
        size: bytes.length,
      });
      expect(readHeader(bytes.subarray(0, -1), 0)).toBeUndefined();
    }
  });
});
