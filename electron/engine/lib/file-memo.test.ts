import { mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileMemo } from "./file-memo.ts";

const HOUR_MS = 3_600_000;

let folder: string;
let reads: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-memo-"));
  reads = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A memo for which all files have been as they are for an hour. */
const memo = (options = {}) => new FileMemo<string>({ maxEntries: 3, now: () => Date.now() + HOUR_MS, ...options });

async function ask(memo: FileMemo<string>, name: string): Promise<string> {
  const path = join(folder, name);
  return await memo.of(path, await stat(path), () => {
    reads.push(name);
    return readFile(path, "utf8");
  });
}

test("a file that has not changed is read once", async () => {
  const files = memo();
  await writeFile(join(folder, "a"), "one");

  expect([await ask(files, "a"), await ask(files, "a")]).toEqual(["one", "one"]);
  expect(reads).toEqual(["a"]);
});

test("a file that has changed is read again, also with its size and its time of before", async () => {
  const files = memo();
  const path = join(folder, "a");
  await writeFile(path, "one");
  await ask(files, "a");
  const { atime, mtime, ctimeMs } = await stat(path);

  // The system's clock of files has steps of some milliseconds.
  while ((await stat(path)).ctimeMs === ctimeMs) {
    await writeFile(path, "two");
    await utimes(path, atime, mtime);
  }

  expect(await ask(files, "a")).toBe("two");
});

test("another file that has taken the place of a file is read", async () => {
  const files = memo();
  const path = join(folder, "a");
  await writeFile(path, "one");
  await ask(files, "a");
  const { atime, mtime } = await stat(path);
  await writeFile(join(folder, "b"), "two");
  await utimes(join(folder, "b"), atime, mtime);

  await rename(join(folder, "b"), path);

  expect(await ask(files, "a")).toBe("two");
});

test("a file that was changed just now is read again: the next change may leave its times as they are", async () => {
  const files = memo({ now: Date.now });
  await writeFile(join(folder, "a"), "one");

  await ask(files, "a");
  await ask(files, "a");

  expect(reads).toEqual(["a", "a"]);
});

test("only as many files are kept as were said, those asked for last", async () => {
  const files = memo();
  for (const name of ["a", "b", "c", "d"]) await writeFile(join(folder, name), name);

  for (const name of ["a", "b", "c", "a", "d", "a", "b"]) await ask(files, name);

  expect(reads).toEqual(["a", "b", "c", "d", "b"]);
});

test("what takes much memory is not kept", async () => {
  const files = memo({ sizeOf: () => 1 << 20 });
  await writeFile(join(folder, "a"), "one");

  await ask(files, "a");
  await ask(files, "a");

  expect(reads).toEqual(["a", "a"]);
});
