import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { framesOf } from "../formats/pcap/pcap.testing.ts";
import { BoundedCapture, type CapturePaths } from "./bounded-capture.ts";

let folder: string;
let paths: CapturePaths;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-capture-"));
  paths = { file: join(folder, "net0.pcap"), fullMarker: join(folder, "net0.full") };
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileHeader = Buffer.alloc(24);
fileHeader.writeUInt32LE(0xa1b2c3d4, 0);
fileHeader.writeUInt16LE(2, 4);
fileHeader.writeUInt32LE(1, 20);

function record(length: number, whole = length): Buffer {
  const bytes = Buffer.alloc(16 + length, length);
  bytes.writeUInt32LE(length, 8);
  bytes.writeUInt32LE(whole, 12);
  return bytes;
}

const isFull = () => statSync(paths.fullMarker, { throwIfNoEntry: false }) !== undefined;
const lengths = () => framesOf(readFileSync(paths.file)).map((frame) => frame.length);

test("frames are kept up to the limit, whatever the pieces in which they come", () => {
  const stream = Buffer.concat([fileHeader, record(10), record(20), record(30), record(1)]);
  for (const pieceBytes of [1, 7, 16, stream.length]) {
    rmSync(paths.file, { force: true });
    rmSync(paths.fullMarker, { force: true });
    const capture = new BoundedCapture(paths, () => 24 + 26 + 36 + 45);
    for (let at = 0; at < stream.length; at += pieceBytes) capture.append(stream.subarray(at, at + pieceBytes));
    capture.close();

    expect(lengths()).toEqual([10, 20]);
    expect(statSync(paths.file).size).toBe(24 + 26 + 36);
    expect(isFull()).toBe(true);
  }
});

test("the next keeper goes on within a frame", () => {
  const stream = Buffer.concat([fileHeader, record(10), record(20)]);
  const first = new BoundedCapture(paths, () => 1000);
  first.append(stream.subarray(0, 24 + 26 + 20));
  first.close();

  const next = new BoundedCapture(paths, () => 1000);
  next.append(stream.subarray(24 + 26 + 20));
  next.close();

  expect(lengths()).toEqual([10, 20]);
  expect(isFull()).toBe(false);
});

test("a capture that was full stays so, and bytes that are no record end it", () => {
  const first = new BoundedCapture(paths, () => 1000);
  first.append(Buffer.concat([fileHeader, record(10), record(20, 5)]));
  first.close();
  const next = new BoundedCapture(paths, () => 1000);
  next.append(record(10));
  next.close();

  expect(lengths()).toEqual([10]);
  expect(isFull()).toBe(true);
});
