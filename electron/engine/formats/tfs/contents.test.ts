import { mkdtemp, open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { copyContents } from "./contents.ts";
import { SECTOR_BYTES } from "./log.ts";
import { hostFileOf, ROOT } from "./tree.ts";

const LARGE_BYTES = 200 << 20;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-contents-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A large file of zeros, as a layout places it. */
async function placeLarge() {
  const path = join(folder, "large");
  await writeFile(path, "");
  await truncate(path, LARGE_BYTES);
  const content = hostFileOf(path, await stat(path), true);
  const placed = { node: ROOT, sector: 1, sizeBytes: LARGE_BYTES, fileOffset: 0, fileBytes: LARGE_BYTES, content };
  return [placed];
}

test("what is written is saved while more is read, so that the sync at the end waits for little", async () => {
  await using target = await open(join(folder, "target"), "wx+");
  const saves = vi.spyOn(target, "datasync");

  await copyContents(await placeLarge(), target, 0, { signal: new AbortController().signal });

  expect(saves).toHaveBeenCalled();
  expect((await target.stat()).size).toBe(SECTOR_BYTES + LARGE_BYTES);
});

test("a part that the disk could not save is told, though the sync at the end would not know of it", async () => {
  await using target = await open(join(folder, "target"), "wx+");
  const broken = Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  vi.spyOn(target, "datasync").mockRejectedValueOnce(broken);

  const copying = copyContents(await placeLarge(), target, 0, { signal: new AbortController().signal });

  await expect(copying).rejects.toBe(broken);
});
