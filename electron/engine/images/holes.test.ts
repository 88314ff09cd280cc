import { createHash } from "node:crypto";
import { copyFile, type FileHandle, open, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openImageFile, openPartition, withDisk } from "../formats/disk/disk.ts";
import { findDamage } from "../formats/tfs/check.ts";
import { Tuple, toNumber } from "../formats/tfs/value.ts";
import { contentsOf, extentsOf, findNode, type TfsVolume } from "../formats/tfs/volume.ts";
import { dataRunsOf } from "../lib/data-runs.ts";
import { buildImage } from "./build.ts";
import { checkImage } from "./contents/check.ts";
import { copyOut } from "./contents/copy-out.ts";
import { testTask, testWorld, tiny, wishFor } from "./testing.ts";

const MIB = 1 << 20;
const SECTOR = 512;

/** A file of `sizeBytes` that has data at these offsets, and holes elsewhere. */
async function sparseFile(path: string, sizeBytes: number, data: Record<number, string>): Promise<string> {
  await using file = await open(path, "w");
  await file.truncate(sizeBytes);
  for (const [offset, text] of Object.entries(data)) await writeText(file, text, Number(offset));
  return path;
}

async function writeText(file: FileHandle, text: string, offset: number): Promise<void> {
  await file.write(Buffer.from(text), 0, text.length, offset);
}

/**
 * Reads a file as OPS's own reader does: it looks for the extent at its place by bisection, gives zeros up to the next one, and
 * up to the end behind the last one. Without any extent it never moves on, which is an error here.
 */
async function readAsOps(volume: TfsVolume, node: Tuple): Promise<Buffer> {
  const extents = node.get("extents");
  const length = toNumber(node.get("filelength") ?? 0) ?? 0;
  if (!(extents instanceof Tuple)) throw new Error("not a file");
  const numberOf = (tuple: Tuple, name: string) => toNumber(tuple.get(name) ?? 0) ?? 0;
  const all = [...extents.entries()].flatMap(([start, extent]) =>
    extent instanceof Tuple
      ? [
          {
            start: Number(start) * SECTOR,
            bytes: numberOf(extent, "length") * SECTOR,
            at: numberOf(extent, "offset") * SECTOR,
            isUninitialised: extent.get("uninited") !== undefined,
          },
        ]
      : [],
  );
  all.sort((a, b) => a.start - b.start);
  if (all.length === 0 && length > 0) throw new Error("OPS would read zeros for ever");
  const result = Buffer.alloc(length);
  let offset = 0;
  while (offset < length) {
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.start ?? 0) > offset) high = Math.max(low, middle - 1);
      else if ((all[middle + 1]?.start ?? 0) <= offset) low = middle + 1;
      else low = high = middle;
    }
    let extent = all[low];
    if (extent && extent.start + extent.bytes <= offset) extent = all[low + 1];
    const from = extent?.start ?? length;
    offset = Math.max(offset, Math.min(from, length));
    if (!extent || offset >= length) continue;
    expect(extent.isUninitialised).toBe(false);
    const count = Math.min(extent.bytes - (offset - extent.start), length - offset);
    (await volume.source.read(extent.at + offset - extent.start, count)).copy(result, offset);
    offset += count;
  }
  return result;
}

describe("a file with holes", () => {
  it.each([
    ["nothing but a hole", 8 * MIB + 5, {}],
    ["a hole in front", 8 * MIB, { [8 * MIB - 4]: "TAIL" }],
    ["a hole in the middle", 8 * MIB + 100, { 0: "HEAD", [8 * MIB + 90]: "TAIL" }],
    ["a hole at the end", 8 * MIB + 1, { 0: "HEAD", [MIB + 700]: "MORE" }],
  ])("with %s keeps it, and reads the same, for OPS too", async (_, sizeBytes, data) => {
    using world = testWorld();
    const host = await sparseFile(join(world.folder, "f"), sizeBytes, data);

    const { path } = await buildImage(wishFor({ files: [{ host, guest: "/data/f" }] }), world, testTask());

    const expected = await readFile(host);
    await withDisk(path, async (disk) => {
      const root = await openPartition(disk, disk.root);
      const node = findNode(root, "/data/f");
      if (!node) throw new Error("it is not there");
      const extents = extentsOf(root, node);
      expect(extents.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(512);
      expect(extents.at(-1)).toMatchObject({ isUninitialised: false });
      const { fileSector = 0, count = 0 } = extents.at(-1) ?? {};
      expect(fileSector + count).toBe(Math.ceil(sizeBytes / SECTOR));
      expect((await contentsOf(root, node).read(0, sizeBytes)).equals(expected)).toBe(true);
      expect((await readAsOps(root, node)).equals(expected)).toBe(true);
      expect(findDamage(root)).toEqual([]);
    });
    // The boot file system has 12 MiB, mostly of holes too.
    expect((await stat(path)).blocks * SECTOR).toBeLessThan(MIB);
  });

  it("of a program are kept as well: it takes hardly any room, and is there to its last byte", async () => {
    using world = testWorld();
    const program = join(world.folder, "large");
    await copyFile(tiny, program);
    await truncate(program, 20 * 2 ** 30);

    const built = await buildImage(wishFor({ program }), world, testTask());

    expect((await stat(built.path)).size).toBeLessThan(32 * MIB);
    expect(built.record.program.sizeBytes).toBe(20 * 2 ** 30);
  });

  it("that can't be kept, in a reproducible build, are refused at once where the disk has no room", async () => {
    using world = testWorld();
    const program = join(world.folder, "large");
    await copyFile(tiny, program);
    await truncate(program, 2 ** 44 - 4096);

    const build = buildImage(wishFor({ program, reproducible: true }), world, testTask());

    await expect(build).rejects.toMatchObject({ code: "disk.full" });
  });

  it("of 20 GiB with 8 KiB of data takes hardly any room in the image, and on copying out", async () => {
    using world = testWorld();
    const size = 20 * 2 ** 30;
    const [first, second] = ["a".repeat(4096), "b".repeat(4096)];
    const host = await sparseFile(join(world.folder, "big"), size, { [2 ** 33]: first, [size - 4096]: second });
    const task = testTask();

    const { path, record } = await buildImage(wishFor({ files: [{ host, guest: "/big" }] }), world, task);

    expect(record.image.sizeBytes).toBeLessThan(32 * MIB);
    expect((await stat(path)).blocks * SECTOR).toBeLessThan(MIB);
    expect(task.phases.find(({ name }) => name === "Writing the image")?.total).toBeLessThan(MIB);
    const to = join(world.folder, "out");
    await withDisk(path, async (disk) => {
      const root = await openPartition(disk, disk.root);
      const node = findNode(root, "/big");
      if (!node) throw new Error("it is not there");
      await copyOut(root, { found: [{ node, path: "/big" }], to, force: false }, testTask());
    });
    const copy = await stat(to);
    expect([copy.size, copy.blocks * SECTOR < MIB]).toEqual([size, true]);
    expect([...(await dataRunsOf(to, size))].length).toBeGreaterThan(0);
    await using file = await open(to, "r");
    for (const [offset, text] of [
      [2 ** 33, first],
      [size - 4096, second],
    ] as const) {
      const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, offset);
      expect(buffer.toString()).toBe(text);
    }
    await using image = await openImageFile(path);
    expect((await checkImage(image.source)).filter(({ part }) => part === "root file system")).toEqual([]);
  });

  it("makes the same reproducible image as one of the same contents without holes", async () => {
    using world = testWorld();
    const host = await sparseFile(join(world.folder, "f"), 4 * MIB, { [MIB]: "DATA" });
    const whole = join(world.folder, "whole");
    await using file = await open(whole, "w");
    await file.write(await readFile(host));
    const digestOf = async (from: string, name: string) => {
      const spec = wishFor({
        name,
        reproducible: true,
        files: [{ host: from, guest: "/f" }],
        environment: { IMAGE_NAME: "x" },
      });
      const { path } = await buildImage(spec, world, testTask());
      return createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
    };

    expect(await digestOf(host, "a")).toBe(await digestOf(whole, "b"));
  });
});
