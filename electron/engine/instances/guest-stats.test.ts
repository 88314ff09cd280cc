import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askGuest } from "./guest-stats.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-stats-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What comes of a guest that answers so. */
async function answered(answer: string) {
  const path = join(folder, "stats.sock");
  const guest = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(answer));
  });
  await new Promise<void>((resolve) => guest.listen(path, resolve));
  try {
    return await askGuest(path);
  } finally {
    guest.close();
  }
}

const en1 = { name: "en1", receivedBytes: 7, receivedFrames: 1, sentBytes: 60, sentFrames: 2 };

const memory = { totalBytes: 1 << 26, freeBytes: 1 << 25 };

test("a guest tells what went through its interfaces, and what memory it has", async () => {
  const told = { memory, interfaces: [en1] };
  expect(await answered(`${JSON.stringify({ t: 1, ...told })}\n`)).toEqual(told);
});

test.each([
  ["nothing that it was asked for", "{}\n"],
  ["no JSON", "hello\n"],
  ["a negative number", `${JSON.stringify({ memory, interfaces: [{ ...en1, sentBytes: -1 }] })}\n`],
  ["a name with escapes in it", `${JSON.stringify({ memory, interfaces: [{ ...en1, name: "\u001b[2J" }] })}\n`],
  ["more interfaces than there can be", `${JSON.stringify({ memory, interfaces: Array(1000).fill(en1) })}\n`],
  ["a line without an end", "x".repeat(100_000)],
  ["not a word", ""],
])("one that tells %s is passed over", async (_, answer) => {
  expect(await answered(answer)).toBeUndefined();
});

test.each([
  ["writes garbage without end", Buffer.alloc(64 << 10, 0xff), 0],
  ["writes a letter at a time without end", Buffer.from("x"), 20],
])("one that %s is let go of in time", async (_, bytes, everyMs) => {
  const path = join(folder, "stats.sock");
  const closed = Promise.withResolvers<void>();
  const guest = createServer((socket) => {
    socket.on("error", () => undefined);
    const timer = setInterval(() => socket.writableNeedDrain || socket.write(bytes), everyMs);
    socket.once("close", () => {
      clearInterval(timer);
      closed.resolve();
    });
  });
  await new Promise<void>((resolve) => guest.listen(path, resolve));

  expect(await askGuest(path)).toBeUndefined();

  await closed.promise;
  guest.close();
});

test("where no machine is, nobody answers", async () => {
  expect(await askGuest(join(folder, "nothing.sock"))).toBeUndefined();
});
