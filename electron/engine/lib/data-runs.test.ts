import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import { dataRunsOf } from "./data-runs.ts";

const MIB = 1 << 20;
const KIB64 = 64 << 10;

/** A file of `sizeBytes` with a block of data at each of `offsets`. */
async function fileWith(folder: string, sizeBytes: number, offsets: Iterable<number>): Promise<string> {
  const path = join(folder, "f");
  await using file = await open(path, "w");
  await file.truncate(sizeBytes);
  for (const offset of offsets) await file.write(Buffer.alloc(4096, 1), 0, 4096, offset);
  return path;
}

const pairs = (runs: Float64Array) =>
  Array.from({ length: runs.length / 2 }, (_, at) => [runs[2 * at], runs[2 * at + 1]]);

describe("the data of a sparse file", () => {
  const size = 16 * MIB + 100;
  const offsets = [MIB, 3 * MIB, 3 * MIB + 8192, 16 * MIB];
  const expected = [
    [MIB, MIB + 4096],
    [3 * MIB, 3 * MIB + 12_288],
    [16 * MIB, size],
  ];

  it("is what qemu-img finds, holes too small to matter counted in", async () => {
    using temporary = temporaryFolder();
    const path = await fileWith(temporary.path, size, offsets.slice(0, 3).concat(16 * MIB - 4096));
    await using file = await open(path, "r+");
    await file.write(Buffer.alloc(100, 1), 0, 100, 16 * MIB);

    const runs = pairs(await dataRunsOf(path, size));

    expect(runs).toEqual([expected[0], expected[1], [16 * MIB - 4096, size]]);
  });

  it.each(["/nowhere/qemu-img", "/bin/false", "/bin/true"])(
    "is found by reading where %s is no help",
    async (qemuImg) => {
      using temporary = temporaryFolder();
      const path = await fileWith(temporary.path, size, offsets.slice(0, 3));
      await using file = await open(path, "r+");
      await file.write(Buffer.alloc(100, 1), 0, 100, 16 * MIB);

      expect(pairs(await dataRunsOf(path, size, { qemuImg }))).toEqual(expected);
    },
  );

  it("in more pieces than can be told is told in fewer, larger ones", async () => {
    using temporary = temporaryFolder();
    const script = join(temporary.path, "many");
    const path = await fileWith(temporary.path, 8 * MIB, []);
    // As qemu-img tells a file of a million extents.
    const loop = `awk 'BEGIN { for (i = 0; i < 1000000; i++) {
      printf "{ \\"start\\": %.0f, \\"length\\": 4096, \\"zero\\": false, \\"data\\": true},\\n", i * 131072;
      printf "{ \\"start\\": %.0f, \\"length\\": 126976, \\"zero\\": true, \\"data\\": false},\\n", i * 131072 + 4096 } }'`;
    await writeFile(script, `#!/bin/sh\n${loop}\n`, { mode: 0o755 });

    const runs = await dataRunsOf(path, 131_072_000_000, { qemuImg: script });

    expect(runs.length).toBeLessThanOrEqual(2 * 65_536);
    expect([runs[0], runs.at(-1)]).toEqual([0, 999_999 * 2 * KIB64 + 4096]);
  });

  it("is looked for no longer when the build is cancelled", async () => {
    using temporary = temporaryFolder();
    const path = await fileWith(temporary.path, size, offsets.slice(0, 1));
    const abort = new AbortController();
    abort.abort(new Error("cancelled"));

    await expect(dataRunsOf(path, size, { signal: abort.signal })).rejects.toThrow("cancelled");
  });
});
