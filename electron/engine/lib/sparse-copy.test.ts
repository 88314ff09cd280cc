import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyByScanning, copySparse, dataRuns } from "./sparse-copy.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-sparse-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A file of `sizeBytes` with a little data at each of `places`. */
async function makeSparse(sizeBytes: number, places: number[]): Promise<string> {
  const path = join(folder, "source");
  await using file = await open(path, "w");
  await file.truncate(sizeBytes);
  for (const place of places) await file.write(Buffer.from(`data at ${place}`), 0, undefined, place);
  return path;
}

test("a copy has the same bytes and none of the holes, whichever way it is made", async () => {
  const source = await makeSparse((16 << 20) + 100, [0, 5000, (1 << 20) - 3, (16 << 20) + 80]);

  await copySparse(source, join(folder, "any"));
  await copyByScanning(source, join(folder, "scanned"));

  const wanted = await readFile(source);
  for (const name of ["any", "scanned"]) {
    expect((await readFile(join(folder, name))).equals(wanted)).toBe(true);
    expect((await stat(join(folder, name))).blocks * 512).toBeLessThan(128 << 10);
  }
});

test("a file of 100 GB that is nearly empty is copied at once", async () => {
  const source = await makeSparse(100e9, [0, 50e9]);
  const startedAt = performance.now();

  await copySparse(source, join(folder, "copy"));

  expect(performance.now() - startedAt).toBeLessThan(2000);
  const copy = await stat(join(folder, "copy"));
  expect(copy.size).toBe(100e9);
  expect(copy.blocks * 512).toBeLessThan(1 << 20);
});

test("what is already there is not overwritten", async () => {
  const source = await makeSparse(100, [0]);
  const target = join(folder, "target");
  await writeFile(target, "precious");

  await expect(copySparse(source, target)).rejects.toMatchObject({ code: "file.exists" });

  expect(await readFile(target, "utf8")).toBe("precious");
});

test("a source that is gone leaves no copy", async () => {
  await expect(copySparse(join(folder, "gone"), join(folder, "copy"))).rejects.toMatchObject({ code: "ENOENT" });

  await expect(stat(join(folder, "copy"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("runs of data end where a zero block begins", () => {
  const piece = Buffer.alloc(5 * 4096 + 10);
  piece[4096] = 1;
  piece[3 * 4096 - 1] = 1;
  piece[5 * 4096 + 9] = 1;

  expect([...dataRuns(piece)]).toEqual([
    [4096, 3 * 4096],
    [5 * 4096, 5 * 4096 + 10],
  ]);
});
