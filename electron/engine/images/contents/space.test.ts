import { expect, test } from "vitest";
import { memorySource } from "../../formats/byte-source.ts";
import { treeOf, volumeOf } from "../../formats/disk/make-image.testing.ts";
import { Tuple } from "../../formats/tfs/value.ts";
import { openVolume, type TfsVolume } from "../../formats/tfs/volume.ts";
import { spaceBelow } from "./space.ts";

const MOST = 24;

async function volumeWith(files: Record<string, number>): Promise<TfsVolume> {
  const contents = Object.entries(files).map(([path, sizeBytes]) => [path, Buffer.alloc(sizeBytes)]);
  return await openVolume(memorySource(volumeOf(treeOf(Object.fromEntries(contents)), new Tuple())));
}

const space = (volume: TfsVolume, most = MOST) => spaceBelow(volume, { node: volume.root, path: "/" }, most);

test("large files stand for themselves, and what is left of a directory is its rest", async () => {
  const volume = await volumeWith({ "/usr/bin/node": 90_000, "/app/big": 9_000, "/app/a": 300, "/app/b": 20 });

  expect(space(volume)).toEqual([
    { path: "/usr/bin/node", type: "file", sizeBytes: 90_000, files: 1 },
    { path: "/app/big", type: "file", sizeBytes: 9_000, files: 1 },
    { path: "/app", type: "rest", sizeBytes: 320, files: 2 },
  ]);
});

test("a directory of many small files stays whole", async () => {
  const files = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`/modules/${n}.js`, 100]));
  const volume = await volumeWith({ ...files, "/app": 60_000 });

  expect(space(volume)).toEqual([
    { path: "/app", type: "file", sizeBytes: 60_000, files: 1 },
    { path: "/modules", type: "directory", sizeBytes: 50_000, files: 500 },
  ]);
});

test("there are no more parts than wanted, and they are all of it", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`/folder${n % 10}/${n}`, 1000 + n * 10] as const),
  );
  const volume = await volumeWith(files);

  for (const most of [1, 2, 10, 13, 200]) {
    const parts = space(volume, most);
    expect(parts.length).toBeLessThanOrEqual(most);
    expect(parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(100 * 1000 + 10 * 4950);
    expect(parts.reduce((sum, part) => sum + part.files, 0)).toBe(100);
  }
});

test("an empty file system, or one of empty files, has no parts", async () => {
  expect(space(await volumeWith({}))).toEqual([]);
  expect(space(await volumeWith({ "/a/b": 0 }))).toEqual([]);
});

test("a directory that stands in itself is no endless tree", async () => {
  const volume = await volumeWith({ "/a/file": 4000 });
  const a = volume.root.get("children");
  const directory = a instanceof Tuple ? a.get("a") : undefined;
  const inside = directory instanceof Tuple ? directory.get("children") : undefined;
  if (inside instanceof Tuple) for (const name of ["again", "more"]) inside.set(name, volume.root);

  expect(space(volume).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(4000);
});
