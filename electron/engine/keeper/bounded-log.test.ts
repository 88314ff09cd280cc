import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../../../soak/random.ts";
import { Console } from "../instances/console.ts";
import { toBuffer } from "../lib/to-buffer.ts";
import { type BoundedLog, LogGroup, layoutOf, removeLog } from "./bounded-log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-bounded-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

function bytesIn(...names: string[]): number {
  const ours = readdirSync(folder).filter((name) => names.some((one) => name.startsWith(one)));
  return ours.reduce((sum, name) => sum + statSync(at(name)).size, 0);
}

/** What is kept of a log, and the offset of its first byte. */
function kept(path: string): { from: number; text: string } {
  const { segments } = layoutOf(path);
  const text = segments.map((one) => (one.end > one.start ? readFileSync(one.path, "latin1") : "")).join("");
  return { from: segments[0]?.start ?? 0, text };
}

test("a log keeps its newest bytes within the limit, and its offsets go on", () => {
  const log = new LogGroup(() => 160).add(at("log"));
  let whole = "";
  for (let i = 0; i < 200; i++) {
    const line = `line ${i}\n`;
    log.append(Buffer.from(line));
    whole += line;
    expect(bytesIn("log")).toBeLessThanOrEqual(160);
  }

  const { from, text } = kept(at("log"));
  expect(text).toBe(whole.slice(from));
  expect(text.length).toBeGreaterThanOrEqual(140);
});

test("what is larger than the limit is kept by its end", () => {
  const log = new LogGroup(() => 32).add(at("log"));

  log.append(Buffer.from("a".repeat(1000) + "b".repeat(30)));

  expect(kept(at("log"))).toEqual({ from: 998, text: `aa${"b".repeat(30)}` });
});

test("another writer goes on where the one before has died", () => {
  new LogGroup(() => 64).add(at("log")).append(Buffer.from("x".repeat(70)));

  new LogGroup(() => 64).add(at("log")).append(Buffer.from("y".repeat(10)));

  const { from, text } = kept(at("log"));
  expect(from + text.length).toBe(80);
  expect(text.endsWith(`x${"y".repeat(10)}`)).toBe(true);
});

test("two logs share a limit: the quiet one keeps what it has", () => {
  const group = new LogGroup(() => 320);
  const [serial, virtio] = [group.add(at("serial")), group.add(at("virtio"))];
  serial.append(Buffer.from("banner of the kernel: 30 bytes"));

  for (let i = 0; i < 500; i++) virtio.append(Buffer.from("flood\n"));

  expect(bytesIn("serial", "virtio")).toBeLessThanOrEqual(320);
  expect(kept(at("serial")).text).toBe("banner of the kernel: 30 bytes");
});

test("a smaller limit holds from the next segment on", () => {
  let limit = 1000;
  const log = new LogGroup(() => limit).add(at("log"));
  log.append(Buffer.alloc(900, "x"));

  limit = 100;
  log.append(Buffer.alloc(20, "y"));

  expect(bytesIn("log")).toBeLessThanOrEqual(200);
});

test("a removed log leaves nothing, and its neighbours alone", () => {
  new LogGroup(() => 64).add(at("trace.log")).append(Buffer.alloc(100));
  new LogGroup(() => 64).add(at("trace.log2")).append(Buffer.alloc(10));

  removeLog(at("trace.log"));

  expect(readdirSync(folder).filter((name) => !name.startsWith("trace.log2"))).toEqual([]);
});

test("a console's readers see every byte that is kept, at its offset, whatever is put aside and whichever readers come and go", async () => {
  const random = new Random(3);
  const logs = { serial: at("serial.log"), virtio: at("console.log") };
  const paths = { indexPath: at("console.index"), timesPath: at("console.times") };
  const open = () => new Console({ ...paths, logs, serialPart: "kernel" });
  let console = open();
  console.beginRun({ number: 1, startedAt: 1000, eventsFrom: 0 });
  const group = () => new LogGroup(() => 320);
  const write = (log: BoundedLog) => {
    const text = String.fromCharCode(97 + (whole.length % 26)).repeat(random.between(1, 9));
    log.append(Buffer.from(text));
    whole += text;
  };
  let whole = "";
  let log = group().add(logs.virtio);
  for (let step = 0; step < 400; step++) {
    write(log);
    if (random.isLikely(0.5)) console.grow();
    if (random.isLikely(0.1)) console = open();
    if (random.isLikely(0.1)) log = group().add(logs.virtio);
    const from = random.between(0, whole.length);
    let [first, text]: [number | undefined, string] = [undefined, ""];
    for await (const chunk of console.read({ from })) {
      first ??= chunk.offset;
      expect(chunk.offset).toBe(first + text.length);
      text += toBuffer(chunk.bytes).toString("latin1");
      // Between two pieces the log goes on.
      if (random.isLikely(0.2)) write(log);
    }
    if (text.length > 0) expect(text).toBe(whole.slice(first, (first ?? 0) + text.length));
    if (whole.length - from < 250) expect(first ?? from).toBe(from);
  }
  console.grow();
  expect(console.totalBytes).toBe(whole.length);
});
