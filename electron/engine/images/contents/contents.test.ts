import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ImageDetails, ImageEntry } from "../../../../shared/contract/image-contents.ts";
import { diskOf, treeOf, volumeOf } from "../../formats/disk/make-image.testing.ts";
import { makeElf } from "../../formats/elf/make-elf.ts";
import { Tuple } from "../../formats/tfs/value.ts";
import { toBuffer } from "../../lib/to-buffer.ts";
import { buildImage } from "../build.ts";
import { fixtures, temporaryFolder, testTask, testWorld, tiny, wishFor } from "../testing.ts";
import { ImageContents } from "./contents.ts";

const inside = new ImageContents(async (path) => ({ name: path, path }), "1.2.3");
const root = { partition: "root" as const };

/** Golden images, ours and those of others, in a folder. */
function unpack(folder: string, name: string): string {
  const path = join(folder, name.replace("/", "-"));
  writeFileSync(path, gunzipSync(readFileSync(join(fixtures, `${name}.img.gz`))));
  return path;
}

async function list(image: string, path = "/", recursive = true, partition: "root" | "boot" = "root") {
  const entries: ImageEntry[] = [];
  for await (const portion of inside.files({ image, path, recursive, partition })) entries.push(...portion);
  return entries.map((entry) => ImageEntry.parse(entry));
}

async function read(image: string, path: string, more: { from?: number; lengthBytes?: number } = {}): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { offset, bytes } of inside.read({ ...root, image, path, from: 0, ...more })) {
    expect(offset).toBe((more.from ?? 0) + Buffer.concat(pieces).length);
    pieces.push(toBuffer(bytes));
  }
  return Buffer.concat(pieces);
}

function write(folder: string, name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("an image that is looked into", () => {
  it("may be one of OPS: its kernel, klibs, program, manifest and files are told", async () => {
    using folder = temporaryFolder();
    const image = unpack(folder.path, "ops/configured");

    const details = ImageDetails.parse(await inside.show(image));

    expect(details).toMatchObject({
      layout: "bios",
      klibs: ["ntp"],
      kernel: { kind: "unknown", sizeBytes: 128 },
      program: { path: "/tiny", sizeBytes: 344 },
      root: { uuid: "8092e975-e6ce-6f22-f745-8d4872957f9b" },
    });
    expect(details.manifest).toMatchObject({ program: "/tiny", klibs: "bootfs" });
    const golden = JSON.parse(readFileSync(join(fixtures, "ops/configured.json"), "utf8"));
    expect((await list(image)).map(({ path }) => path).sort()).toEqual(Object.keys(golden.tree).sort());
    expect((await list(image, "/", false, "boot")).map(({ path }) => path)).toEqual(["/klib", "/kernel"].sort());
  });

  it("may be ours, with how it was built, and be named", async () => {
    using world = testWorld();
    const { path, record } = await buildImage(wishFor(), world, testTask());
    const named = new ImageContents(async (name) => ({ name, path, build: record }), "1.2.3");

    const details = await named.show("tiny");

    expect(details).toMatchObject({ image: "tiny", path, build: record, root: { uuid: record.image.uuid, files: 4 } });
    expect(details.program?.sha256).toBe(record.program.sha256);
    expect(details.root.freeBytes).toBeGreaterThan(2 << 20);
  });

  it("may be one for UEFI, or one for arm64 without a boot loader", async () => {
    using folder = temporaryFolder();
    const armed = volumeOf(treeOf({ kernel: makeElf({ machine: 183 }) }), new Tuple(), { withReserves: false });
    const tree = volumeOf(treeOf({ "/app": makeElf({ machine: 183 }) }), Tuple.of([["program", "/app"]]));
    const arm = write(folder.path, "arm", diskOf({ boot: armed, root: tree }));
    const efi = Buffer.alloc(1 << 20);
    efi.write("FAT32", 0x52);
    const uefi = write(folder.path, "uefi", diskOf({ efi, boot: armed, root: tree }));

    expect(await inside.show(arm)).toMatchObject({ layout: "bios", architecture: "arm64", program: { path: "/app" } });
    expect(await inside.show(uefi)).toMatchObject({ layout: "uefi", architecture: "arm64" });
    expect(await inside.check(arm)).toEqual([]);
    expect(await inside.check(uefi)).toEqual([]);
  });

  it("may be a volume without partitions, written by a kernel, with times, several names and holes", async () => {
    using folder = temporaryFolder();
    const image = unpack(folder.path, "tfs/written-by-kernel");
    const golden = JSON.parse(readFileSync(join(fixtures, "tfs/written-by-kernel.json"), "utf8"));

    const entries = await list(image);

    expect(entries.map(({ path }) => path).sort()).toEqual(Object.keys(golden.tree).sort());
    expect(entries.filter(({ modifiedAt }) => modifiedAt).length).toBeGreaterThan(0);
    for (const { path, type, sizeBytes } of entries) {
      if (type !== "file") continue;
      expect(sizeBytes, path).toBe(golden.tree[path].size);
      expect((await read(image, path)).length, path).toBe(sizeBytes);
    }
    expect((await inside.show(image)).layout).toBe("volume");
    await expect(list(image, "/", true, "boot")).rejects.toMatchObject({ code: "file.unsupported" });
  });

  it("sums up what is in folders", async () => {
    using folder = temporaryFolder();
    const image = write(
      folder.path,
      "v",
      volumeOf(treeOf({ "a/b/one": "1", "a/two": "22", "a/l": "->b", three: "333" })),
    );

    expect(await list(image, "/", false)).toEqual([
      { path: "/a", type: "directory", sizeBytes: 3, entries: 3 },
      { path: "/three", type: "file", sizeBytes: 3 },
    ]);
    expect((await list(image, "/a")).map(({ path, sizeBytes, target }) => [path, sizeBytes, target])).toEqual([
      ["/a/b", 1, undefined],
      ["/a/b/one", 1, undefined],
      ["/a/l", 0, "b"],
      ["/a/two", 2, undefined],
    ]);
    expect(await list(image, "/a/l", false)).toMatchObject([{ path: "/a/l", type: "link" }]);
    expect(await list(image, "/a/l/one", false)).toMatchObject([{ path: "/a/b/one", type: "file" }]);
  });

  it("shows names of any bytes so that they can be asked for again", async () => {
    using folder = temporaryFolder();
    const image = write(folder.path, "v", volumeOf(treeOf({ "\xff\n": "odd", "a\\x41": "backslash" })));

    const names = (await list(image)).map(({ path }) => path);

    expect(names).toEqual(["/a\\\\x41", "/\\xff\\x0a"]);
    expect((await Promise.all(names.map((name) => read(image, name)))).map(String)).toEqual(["backslash", "odd"]);
  });

  it("gives any part of a file", async () => {
    using folder = temporaryFolder();
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251));
    const image = write(folder.path, "v", volumeOf(treeOf({ f: bytes, l: "->/f" })));

    expect((await read(image, "/l")).equals(bytes)).toBe(true);
    expect((await read(image, "/f", { from: 300_000, lengthBytes: 5 })).equals(bytes.subarray(300_000, 300_005))).toBe(
      true,
    );
    expect((await read(image, "/f", { from: 699_999, lengthBytes: 50 })).length).toBe(1);
    expect((await read(image, "/f", { from: 800_000 })).length).toBe(0);
  });

  it.each([
    ["/none", "file.not-found"],
    ["/f/below", "file.not-found"],
    ["/circle", "file.not-found"],
    ["/dangling", "file.not-found"],
    ["/d", "file.is-directory"],
    ["/", "file.is-directory"],
    ["/up", "file.is-directory"],
  ])("can't give the contents of %s", async (path, code) => {
    using folder = temporaryFolder();
    const links = { circle: "->circle", dangling: "->/gone", up: "->../../.." };
    const image = write(folder.path, "v", volumeOf(treeOf({ f: "x", "d/e": "y", ...links })));

    await expect(read(image, path)).rejects.toMatchObject({ code });
  });

  it.each([
    ["nothing", undefined, "image.not-found"],
    ["a folder", "folder", "image.damaged"],
    ["no image", Buffer.from("text"), "image.damaged"],
    ["half an image", "half", "image.damaged"],
  ] as const)("that is %s is refused by all that look", async (_, what, code) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "image");
    if (what === "folder") mkdirSync(path);
    else if (what === "half")
      writeFileSync(path, readFileSync(unpack(folder.path, "ops/configured")).subarray(0, 9 << 20));
    else if (what) writeFileSync(path, what);

    await expect(inside.show(path)).rejects.toMatchObject({ code });
    await expect(list(path)).rejects.toMatchObject({ code });
    await expect(read(path, "/f")).rejects.toMatchObject({ code });
  });

  it("has a digest, the one that every tool makes", async () => {
    expect(await inside.digest(tiny)).toEqual({
      sha256: "40183b5e7fb33776902917073426dca8bda350808da37a8e97adbd09362b001d",
    });
  });
});
