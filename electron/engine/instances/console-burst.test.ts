/** A hundred megabytes that come as fast as a disk takes them: a follower gets every byte, in any number, at any pace. */

import { createHash } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heldMemory } from "../lib/testing-memory.ts";
import { toBuffer } from "../lib/to-buffer.ts";
import { Console } from "./console.ts";

const MEBIBYTE = 1 << 20;
const BURST_BYTES = 100 * MEBIBYTE;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-burst-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** No two mebibytes are alike. */
const pieceOf = (n: number) => Buffer.alloc(MEBIBYTE, `${n} of the burst `);

/** Follows the console to the burst's end; `pause` between chunks now and then. */
async function follow(one: Console, pauseMs: number): Promise<string> {
  const hash = createHash("sha256");
  let expected = 0;
  for await (const { offset, bytes } of one.read({ follow: true, maxBytes: BURST_BYTES })) {
    expect(offset).toBe(expected);
    const chunk = toBuffer(bytes);
    hash.update(chunk);
    expected += chunk.length;
    if (pauseMs > 0 && expected % (16 * MEBIBYTE) < chunk.length) await sleep(pauseMs);
  }
  return hash.digest("hex");
}

test("a burst loses nothing for a quick reader nor for a slow one, and nobody's memory holds it", async () => {
  const logs = { serial: join(folder, "serial.log"), virtio: join(folder, "console.log") };
  const paths = { indexPath: join(folder, "console.index"), timesPath: join(folder, "console.times") };
  const one = new Console({ ...paths, logs, serialPart: "kernel" });
  one.beginRun({ number: 1, startedAt: Date.now(), eventsFrom: 0 });
  const readers = Promise.all([follow(one, 0), follow(one, 40)]);
  // Who has stopped reading is waited for in the file.
  const stopped = one.read({ follow: true });
  const written = createHash("sha256");
  const before = heldMemory();
  let most = 0;

  await using log = await open(logs.virtio, "a");
  for (let n = 0; n * MEBIBYTE < BURST_BYTES; n++) {
    const piece = pieceOf(n);
    written.update(piece);
    await log.write(piece);
    one.grow();
    await turn();
    if (n % 10 === 9) most = Math.max(most, heldMemory() - before);
  }

  const digest = written.digest("hex");
  expect(await readers).toEqual([digest, digest]);
  const first = await stopped.next();
  expect(first.done === false && first.value.offset).toBe(0);
  expect(most).toBeLessThan(BURST_BYTES * 0.25);
  one.close();
});
