import { describe, expect, it } from "vitest";
import { memorySource } from "../byte-source.ts";
import { ByteWriter, TfsDamage, Type } from "./codec.ts";
import { EXTENSION_SECTORS, Frame, MAGIC, SECTOR_BYTES, VERSION } from "./log.ts";
import { replayLog } from "./log-reader.ts";
import { toPlain } from "./value.ts";

const VOLUME_SECTORS = 1 + 3 * EXTENSION_SECTORS;

/** A volume whose extensions hold what `extensions` writes behind their headers, one after the other. */
function volumeOf(...extensions: ((writer: ByteWriter) => void)[]) {
  const bytes = Buffer.alloc(VOLUME_SECTORS * SECTOR_BYTES);
  [linkTo(1), ...extensions].forEach((write, index) => {
    const writer = new ByteWriter();
    writer.string(MAGIC);
    writer.byte(VERSION);
    writer.varint(index === 0 ? 1 : EXTENSION_SECTORS);
    if (index === 0) writer.raw(Buffer.alloc(17, "u").fill(0, 16));
    write(writer);
    bytes.set(writer.bytes(), index === 0 ? 0 : (1 + (index - 1) * EXTENSION_SECTORS) * SECTOR_BYTES);
  });
  return bytes;
}

const linkTo =
  (first: number, count = EXTENSION_SECTORS) =>
  (writer: ByteWriter) => {
    writer.byte(Frame.link);
    writer.varint(first);
    writer.varint(count);
  };

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

/** A record that is whole in its extension. */
const record = (bytes: Buffer) => (writer: ByteWriter) => {
  writer.byte(Frame.record);
  writer.varint(bytes.length);
  writer.varint(bytes.length);
  writer.raw(bytes);
};

const all =
  (...writes: ((writer: ByteWriter) => void)[]) =>
  (writer: ByteWriter) =>
    writes.forEach((write) => {
      write(writer);
    });
const end = (writer: ByteWriter) => writer.byte(Frame.end);
const byte = (value: number) => (writer: ByteWriter) => writer.byte(value);

const replay = (bytes: Buffer) => replayLog(memorySource(bytes));
const plainRoot = async (bytes: Buffer) => toPlain((await replay(bytes)).root);

/** `{a: "x"}`: tuple 1, symbol 2. */
const rootA = hex("91 81 61 c1 78");

describe("a log", () => {
  it("is replayed record by record: attributes are set, replaced and deleted by reference", async () => {
    const bytes = volumeOf(
      all(
        record(hex("92 81 61 c1 78 81 62 c1 79")), // {a: "x", b: "y"}; symbols 2 and 3
        byte(Frame.segment),
        record(hex("12 01 02 c1 7a 03 80")), // tuple 1: a = "z", b deleted
        end,
      ),
    );

    expect(await plainRoot(bytes)).toEqual({ a: "z" });
  });

  it("may spread a record over extensions", async () => {
    const bytes = volumeOf(
      all(
        (writer) => {
          writer.byte(Frame.record);
          writer.varint(rootA.length);
          writer.varint(2);
          writer.raw(rootA.subarray(0, 2));
        },
        linkTo(1 + EXTENSION_SECTORS),
      ),
      all((writer) => {
        writer.byte(Frame.more);
        writer.varint(rootA.length - 2);
        writer.raw(rootA.subarray(2));
      }, end),
    );

    expect(await plainRoot(bytes)).toEqual({ a: "x" });
  });

  it("numbers vectors too, and sets their elements from the first on", async () => {
    const bytes = volumeOf(
      all(
        record(hex("91 81 76 a2 c1 31 c1 32")), // {v: ["1", "2"]}: tuple 1, symbol 2, vector 3
        record(hex("11 01 02 21 03 c1 39")), // v is vector 3, whose first element becomes "9"
        end,
      ),
    );

    expect(await plainRoot(bytes)).toEqual({ v: ["9", "2"] });
  });

  it("tells the flag, empty strings and both signs of integers apart", async () => {
    const bytes = volumeOf(all(record(hex("94 81 66 81 00 81 65 c0 81 70 b0 8800 81 6e b1 05")), end));

    expect(await plainRoot(bytes)).toEqual({ f: true, e: "", p: 1024, n: -5 });
  });

  it("is read over where a part is left out, whose names and tuples may be used again outside of it", async () => {
    const bytes = volumeOf(
      all(
        // {c: {p: {q: "in"}, v: ["in"]}, p: "out"}: tuple 1, c 2, tuple 3, p 4, tuple 5, q 6, v 7, vector 8.
        record(hex("92 81 63 92 81 70 91 81 71 c2 69 6e 81 76 a1 c2 69 6e 04 c3 6f 75 74")),
        record(hex("11 05 06 c1 78")), // tuple 5: q = "x", unseen
        record(hex("11 01 06 c1 7a")), // the root: q = "z"
        record(hex("11 01 81 72 10 05")), // the root: r = tuple 5, which nobody has kept
        end,
      ),
    );

    const { root } = await replayLog(memorySource(bytes), "c");

    expect(toPlain(root)).toEqual({ p: "out", q: "z" });
    expect(await plainRoot(bytes)).toMatchObject({ c: { p: { q: "x" }, v: ["in"] }, r: { q: "x" } });
  });

  it("without any record is an empty tree", async () => {
    expect(await plainRoot(volumeOf(end))).toEqual({});
  });
});

const nested = (depth: number) => {
  const writer = new ByteWriter();
  writer.header(true, Type.tuple, 1);
  writer.header(true, Type.buffer, 1);
  writer.string("d");
  for (let level = 1; level < depth; level++) {
    writer.header(true, Type.tuple, 1);
    writer.header(false, Type.buffer, 2);
  }
  writer.header(true, Type.string, 0);
  return record(Buffer.from(writer.bytes()));
};

const damages: [what: string, bytes: Buffer, message: RegExp][] = [
  ["an empty volume", Buffer.alloc(SECTOR_BYTES), /no TFS/],
  ["no bytes at all", Buffer.alloc(0), /beyond the end/],
  ["an unknown frame", volumeOf(byte(6)), /unknown frame 6/],
  ["an extension without an end mark", volumeOf(byte(0)), /unknown frame 0/],
  ["a link beyond the volume", volumeOf(linkTo(VOLUME_SECTORS)), /beyond the end/],
  ["a link to nowhere near", volumeOf(linkTo(2 ** 50)), /beyond the end/],
  ["a link of no length", volumeOf(linkTo(2000, 0)), /no length/],
  ["a link to itself", volumeOf(linkTo(1)), /loops back/],
  ["a link into the middle of what was read", volumeOf(linkTo(2)), /loops back/],
  ["an extension of another length than its link says", volumeOf(linkTo(1025, 1000), end), /its link says 1000/],
  ["a part without a beginning", volumeOf(all(byte(Frame.more), byte(1), byte(0))), /has not begun/],
  [
    "a record inside of a record",
    volumeOf(all(byte(2), byte(9), byte(1), byte(0x91), record(rootA))),
    /before the one/,
  ],
  [
    "parts longer than their record",
    volumeOf(all(byte(2), byte(1), byte(2), byte(0), byte(0))),
    /longer than the record/,
  ],
  ["a record without length", volumeOf(all(byte(2), byte(0), byte(0))), /no length/],
  ["an end inside of a record", volumeOf(all(byte(2), byte(9), byte(1), byte(0x91), end)), /inside of a record/],
  ["a record that is no tuple", volumeOf(record(hex("c1 61"))), /not a tuple/],
  ["a record with two values", volumeOf(record(hex("90 90"))), /behind its value/],
  ["a record that ends in a value", volumeOf(record(hex("92 81 61 c1 78"))), /inside of a value/],
  ["a reference to nothing", volumeOf(record(hex("11 07 81 61 c1 78"))), /no entry 7/],
  ["a reference to number 0", volumeOf(record(hex("11 00 81 61 c1 78"))), /no entry 0/],
  ["a name that refers to a tuple", volumeOf(record(hex("91 01 c1 78"))), /no name/],
  ["an attribute without a name", volumeOf(record(hex("91 c1 78 c1 78"))), /no name/],
  ["a tuple reference to a name", volumeOf(record(hex("91 81 61 10 02"))), /another type/],
  ["a value of unknown type", volumeOf(record(hex("91 81 61 f0"))), /unknown type 7/],
  ["a string of a terabyte", volumeOf(record(hex("91 81 61 c8 9f ff ff ff ff 7f"))), /too long/],
  ["nesting without end", volumeOf(nested(10_001)), /too deeply/],
];

describe("a damaged log", () => {
  it.each(damages)("%s", async (_, bytes, message) => {
    const attempt = replay(bytes);

    await expect(attempt).rejects.toThrow(TfsDamage);
    await expect(attempt).rejects.toThrow(message);
  });

  it("of version 4 is refused with its number", async () => {
    const bytes = volumeOf(end);
    bytes[MAGIC.length] = 4;

    await expect(replay(bytes)).rejects.toThrow("version 4");
  });
});
