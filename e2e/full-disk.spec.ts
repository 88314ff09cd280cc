/** A guest's disk that is full: kernel/tests/guest/full.c fills it, and the engine's own reader looks at what it left. */

import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

const inMemory = [
  "one page more in memory: No space left on device",
  "all of its room was taken: 1",
  "room for a file that has none: 0",
];

test("a full disk refuses what does not fit, harms nothing, and has room again when files are removed", async () => {
  await using world = await World.create();
  await world.serve();

  const { code, stdout } = await world.unideck(["run", program("full.c"), "--name", "full", "--memory", "64M"]);

  expect(stdout.split("\n")).toEqual([
    "all but a little set aside: 0",
    "filled: 1, nearly no room: 1",
    "one page more: No space left on device",
    "one byte of a page more: No space left on device",
    "room set aside: No space left on device",
    "a length without room: 0",
    "write over what is there: 4",
    "sync that: 0",
    "its length: 1",
    "a mapped hole: signal 7",
    "whole: 1",
    "whole: 1",
    "a name in the freed room: 0",
    ...inMemory,
    ...inMemory,
    "half of the memory, free again: 1",
    "room again: 1",
    "",
  ]);
  expect(code).toBe(0);
  const findings = await world.unideckJson(["images", "check", "instance:full"]);
  expect(findings).toEqual([
    expect.objectContaining({ level: "note", message: "A kernel has run from this disk and ended with 0" }),
  ]);
  const line = "kept whatever happens\n";
  const kept = Buffer.from(line.repeat(1000));
  kept.write("KEPT", 0);
  kept.write("MAPPED", 4096);
  expect((await world.unideck(["cat", "full", "/work/kept"])).stdout).toBe(kept.toString());
  const piece = Uint8Array.from({ length: 65_536 }, (_, i) => (31 + i * 7 + (i >> 8)) & 0xff);
  expect((await world.unideck(["cat", "full", "/work/fill-1"], { encoding: "latin1" })).stdout).toBe(
    Buffer.from(piece).toString("latin1"),
  );
});
