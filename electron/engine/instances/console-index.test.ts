import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConsoleIndex, type ConsoleLogs, makeEmptyFiles } from "./console-index.ts";

let folder: string;
let logs: ConsoleLogs;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-index-"));
  logs = { serial: join(folder, "serial.log"), virtio: join(folder, "console.log") };
  path = join(folder, "console.index");
  makeEmptyFiles(Object.values(logs));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (number: number) => ({ number, startedAt: 1000 + number, eventsFrom: 0 });
const open = () => new ConsoleIndex(path, logs);

/** The stream as the index puts it together, from `from` on. */
function stream(index: ConsoleIndex, from = 0): string {
  let text = "";
  for (let at = from; ; ) {
    const piece = index.locate(at);
    if (!piece) return text;
    text += readFileSync(logs[piece.source], "latin1").slice(piece.from, piece.from + piece.length);
    at += piece.length;
  }
}

test("without a run there is nothing", () => {
  appendFileSync(logs.serial, "left over");

  expect(open().grow()).toBe(false);
});

test("the serial part comes first, though the virtio part was there at the first look", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(logs.virtio, "program\n");
  appendFileSync(logs.serial, "banner\n");

  index.grow();

  expect(stream(index)).toBe("banner\nprogram\n");
});

test("what the serial port says late, as in a panic, comes behind and moves nothing", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(logs.serial, "banner\n");
  appendFileSync(logs.virtio, "program\n");
  index.grow();
  const before = stream(index);

  appendFileSync(logs.serial, "panic\n");
  appendFileSync(logs.virtio, "more\n");
  index.grow();

  expect(stream(index).slice(0, before.length)).toBe(before);
  expect(stream(index)).toBe("banner\nprogram\nmore\npanic\n");
});

test("reading can begin at any byte", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(logs.serial, "abc");
  appendFileSync(logs.virtio, "def");
  index.grow();

  expect([0, 1, 2, 3, 4, 5, 6].map((from) => stream(index, from))).toEqual([
    "abcdef",
    "bcdef",
    "cdef",
    "def",
    "ef",
    "f",
    "",
  ]);
});

test("a run stands behind all bytes of the run before, and knows where it begins", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(logs.virtio, "first\n");
  index.beginRun(run(2));
  appendFileSync(logs.serial, "banner\n");
  appendFileSync(logs.virtio, "second\n");
  index.grow();

  expect(stream(index)).toBe("first\nbanner\nsecond\n");
  expect(index.latestRun).toMatchObject({ number: 2, at: 6 });
  expect([0, 3, 6, 13].map((offset) => index.runAt(offset)?.number)).toEqual([1, undefined, 2, undefined]);
});

test("an engine that comes later gives every byte the same offset", () => {
  const random = seeded(7);
  let index = open();
  index.beginRun(run(1));
  let handedOut = "";
  for (let step = 0; step < 400; step++) {
    const source = random() < 0.5 ? "serial" : "virtio";
    appendFileSync(logs[source], String.fromCharCode(97 + (step % 26)).repeat(1 + Math.floor(random() * 5)));
    if (random() < 0.3) {
      index.grow();
      handedOut = stream(index);
    }
    // The engine dies here, without a word; another one reads what there is.
    if (random() < 0.1) {
      index = grown(open());
      expect(stream(index).startsWith(handedOut)).toBe(true);
    }
  }
  expect(handedOut.length).toBeGreaterThan(300);
});

test("a line that was being written when the engine died is cut off", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(logs.serial, "abc");
  appendFileSync(logs.virtio, "def");
  index.grow();
  const whole = readFileSync(path, "utf8");
  const lines = whole.trimEnd().split("\n");

  for (let cut = lines[0]?.length ?? 0; cut < whole.length; cut++) {
    writeFileSync(path, whole.slice(0, cut));
    expect(stream(grown(open()))).toBe("abcdef");
    expect(readFileSync(path, "utf8").split("\n")).toEqual([...lines, ""]);
  }
});

test("a damaged index is read up to the damage", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(path, '{"at":-5,"source":"serial","from":0}\nnonsense\n');
  appendFileSync(logs.serial, "abc");

  expect(stream(grown(open()))).toBe("abc");
});

test("a log that somebody has cut does not take bytes back", () => {
  const index = open();
  index.beginRun(run(1));
  appendFileSync(logs.serial, "abcdef");
  index.grow();

  writeFileSync(logs.serial, "");

  expect(index.grow()).toBe(false);
  expect(index.total).toBe(6);
});

function grown(index: ConsoleIndex): ConsoleIndex {
  index.grow();
  return index;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
