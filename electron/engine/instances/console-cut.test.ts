import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../../../soak/random.ts";
import { Console } from "./console.ts";

let folder: string;
let logs: { serial: string; virtio: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-cut-"));
  logs = { serial: join(folder, "serial.log"), virtio: join(folder, "console.log") };
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () =>
  new Console({
    indexPath: join(folder, "console.index"),
    timesPath: join(folder, "console.times"),
    logs,
    serialPart: "kernel",
  });
const still = { hold: async () => {}, release: async () => {} };

function begin(console: Console): Console {
  console.beginRun({ number: 1, startedAt: 1000, eventsFrom: 0, saidFrom: 0 });
  return console;
}

/** What can be read from `from` on, and the offset of its first byte. */
async function read(console: Console, from = 0): Promise<{ at: number; text: string }> {
  let at: number | undefined;
  let text = "";
  for await (const chunk of console.read({ from })) {
    at ??= chunk.offset;
    expect(chunk.offset).toBe(at + text.length);
    text += Buffer.from(chunk.bytes, "base64").toString("latin1");
  }
  return { at: at ?? from, text };
}

test("a cut log loses nothing, and goes on at the same offsets", async () => {
  const console = begin(open());
  appendFileSync(logs.virtio, "first ");
  console.grow();

  await console.cutLongLogs(0, still);
  appendFileSync(logs.virtio, "second");

  expect(statSync(logs.virtio).size).toBe(6);
  expect(await read(console)).toEqual({ at: 0, text: "first second" });
  expect(await read(open())).toEqual({ at: 0, text: "first second" });
});

test("the second cut gives up what the first put aside", async () => {
  const console = begin(open());
  for (const text of ["one ", "two ", "three"]) {
    await console.cutLongLogs(0, still);
    appendFileSync(logs.virtio, text);
    console.grow();
  }

  expect(await read(console)).toEqual({ at: 4, text: "two three" });
  await console.cutLongLogs(0, still);
  expect(await read(console)).toEqual({ at: 8, text: "three" });
  expect(await read(open(), 2)).toEqual({ at: 8, text: "three" });
  expect(console.totalBytes).toBe(13);
});

test("both logs are cut, each when it is too long", async () => {
  const console = begin(open());
  appendFileSync(logs.serial, "banner ");
  appendFileSync(logs.virtio, "long output");
  console.grow();

  await console.cutLongLogs(8, still);

  expect([statSync(logs.serial).size, statSync(logs.virtio).size]).toEqual([7, 0]);
  expect((await read(console)).text).toBe("banner long output");
});

test("what comes before the machine stands still is kept", async () => {
  const console = begin(open());
  appendFileSync(logs.virtio, "before ");
  console.grow();

  await console.cutLongLogs(0, { ...still, hold: async () => appendFileSync(logs.virtio, "while ") });
  appendFileSync(logs.virtio, "after");

  expect((await read(console)).text).toBe("before while after");
});

test("a machine that can't be held keeps its log", async () => {
  const console = begin(open());
  appendFileSync(logs.virtio, "text");
  console.grow();
  const hold = () => Promise.reject(new Error("QEMU's monitor is not connected"));

  await expect(console.cutLongLogs(0, { ...still, hold })).rejects.toThrow("monitor");

  expect((await read(console)).text).toBe("text");
  expect((await read(open())).text).toBe("text");
  expect(open().wasCutting).toBe(false);
});

test.each([
  ["begun", false],
  ["copied", false],
  ["copied", true],
])("an engine that dies after it noted “%s” loses nothing (log empty: %s)", async (step, isEmpty) => {
  const console = begin(open());
  appendFileSync(logs.virtio, "text");
  console.grow();
  const untouched = readFileSync(join(folder, "console.index"), "utf8");
  await console.cutLongLogs(0, still);
  const [begun = "", copied = ""] = readFileSync(join(folder, "console.index"), "utf8")
    .slice(untouched.length)
    .split("\n");
  rmSync(join(folder, "console.index"));
  const noted = step === "begun" ? `${begun}\n` : `${begun}\n${copied}\n`;
  appendFileSync(join(folder, "console.index"), untouched + noted);
  if (!isEmpty) appendFileSync(logs.virtio, "text");

  const next = open();
  appendFileSync(logs.virtio, " and more");

  expect(next.wasCutting).toBe(true);
  expect((await read(next)).text).toBe("text and more");
  expect(open().wasCutting).toBe(false);
});

test("cuts, growth and engines that come and go, in any order, keep every offset", async () => {
  const random = new Random(3);
  let console = begin(open());
  let whole = "";
  const grow = () => {
    const text = String.fromCharCode(97 + (whole.length % 26)).repeat(random.between(1, 9));
    appendFileSync(logs.virtio, text);
    whole += text;
  };
  for (let step = 0; step < 300; step++) {
    grow();
    if (random.isLikely(0.5)) console.grow();
    if (random.isLikely(0.1)) await console.cutLongLogs(20, { ...still, hold: async () => grow() });
    if (random.isLikely(0.1)) console = open();
    const from = random.between(0, whole.length);
    const { at, text } = await read(console, from);
    if (text.length > 0) expect(text).toBe(whole.slice(at));
    expect(at).toBeGreaterThanOrEqual(from);
  }
  expect(console.totalBytes).toBe(whole.length);
  expect(readdirSync(folder).filter((name) => name.startsWith("console.log.")).length).toBe(1);
});
