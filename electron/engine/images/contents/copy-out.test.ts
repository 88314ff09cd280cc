import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../../shared/problem.ts";
import { treeOf, volumeOf } from "../../formats/disk/make-image.testing.ts";
import { memoryFile, ROOT, Tree } from "../../formats/tfs/tree.ts";
import { toBytes } from "../../formats/tfs/value.ts";
import { fixtures, listAll, temporaryFolder, testTask } from "../testing.ts";
import { ImageContents } from "./contents.ts";

const inside = new ImageContents(async (path) => ({ name: path, path }), "1.2.3");

interface World extends Disposable {
  folder: string;
  image: string;
  out: string;
}

/** An image of that tree, and an empty folder. */
function worldWith(tree: Tree | Buffer): World {
  const temporary = temporaryFolder();
  const [image, out] = [join(temporary.path, "image"), join(temporary.path, "out")];
  writeFileSync(image, Buffer.isBuffer(tree) ? tree : volumeOf(tree));
  mkdirSync(out);
  return { folder: temporary.path, image, out, [Symbol.dispose]: () => temporary[Symbol.dispose]() };
}

function copy({ image }: World, paths: string[], to: string, { force = false, task = testTask() } = {}) {
  return inside.copyOut({ image, partition: "root", paths, to, force }, task);
}

const tree = () => treeOf({ "d/one": "1", "d/e/two": "22", "d/link": "->../outside", top: "top", run: "#!/bin/sh\n" });

describe("files of an image that are copied out", () => {
  it("go into a folder that is there, folders with all that is in them and links as links", async () => {
    using world = worldWith(tree());
    const task = testTask();

    await copy(world, ["/d", "/top"], world.out, { task });

    expect(await listAll(world.out)).toEqual(["d", "d/e", "d/e/two", "d/link", "d/one", "top"]);
    expect(readFileSync(join(world.out, "d/e/two"), "utf8")).toBe("22");
    expect(readlinkSync(join(world.out, "d/link"))).toBe("../outside");
    expect(task.phases.at(-1)).toEqual({ name: "Copying", done: 6, total: 6 });
  });

  it("get a new name where there is none; the root is what is in it", async () => {
    using world = worldWith(tree());

    await copy(world, ["/top"], join(world.out, "new-name"));
    await copy(world, ["/"], join(world.out, "all"));
    await copy(world, ["/"], join(world.out, "all"), { force: true });

    expect(readFileSync(join(world.out, "new-name"), "utf8")).toBe("top");
    expect(await listAll(join(world.out, "all"))).toEqual(["d", "d/e", "d/e/two", "d/link", "d/one", "run", "top"]);
  });

  it("can be run if they are programs, have the times that the image knows, and keep their holes", async () => {
    using world = worldWith(gunzipSync(readFileSync(join(fixtures, "tfs/written-by-kernel.img.gz"))));
    using scripted = worldWith(tree());
    const golden = JSON.parse(readFileSync(join(fixtures, "tfs/written-by-kernel.json"), "utf8")).tree;

    await copy(world, ["/"], world.out);
    await copy(scripted, ["/run", "/top"], scripted.out);

    for (const [path, { type, size }] of Object.entries<{ type: string; size: number }>(golden))
      if (type === "file") expect(statSync(join(world.out, path)).size, path).toBe(size);
    const years = (await listAll(world.out)).map((path) => lstatSync(join(world.out, path)).mtime.getFullYear());
    expect(Math.max(...years)).toBeLessThanOrEqual(new Date().getFullYear());
    expect([
      statSync(join(scripted.out, "run")).mode & 0o777,
      statSync(join(scripted.out, "top")).mode & 0o777,
    ]).toEqual([0o755, 0o644]);
  });

  it("never replace a file unless told to", async () => {
    using world = worldWith(tree());
    writeFileSync(join(world.out, "top"), "mine");

    await expect(copy(world, ["/top"], world.out)).rejects.toMatchObject({ code: "file.exists" });
    expect(readFileSync(join(world.out, "top"), "utf8")).toBe("mine");

    await copy(world, ["/top"], world.out, { force: true });
    expect(readFileSync(join(world.out, "top"), "utf8")).toBe("top");
  });

  it.each([
    ["a named pipe", (path: string) => execFileSync("mkfifo", [path])],
    [
      "a link to a named pipe",
      (path: string) => {
        execFileSync("mkfifo", [`${path}.pipe`]);
        symlinkSync(`${path}.pipe`, path);
      },
    ],
    ["a device", (path: string) => execFileSync("mknod", [path, "c", "1", "3"])],
  ])("never replace %s, not even with force", async (kind, make) => {
    if (kind === "a device" && process.getuid?.() !== 0) return;
    using world = worldWith(tree());
    const path = join(world.out, "top");
    make(path);
    const { ino } = lstatSync(path);

    for (const to of [world.out, path])
      await expect(copy(world, ["/top"], to, { force: true })).rejects.toMatchObject({ code: "file.unsupported" });

    expect(lstatSync(path).ino).toBe(ino);
  });

  it("never go through a link of the folder that they are put into", async () => {
    using world = worldWith(tree());
    const elsewhere = join(world.folder, "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(world.out, "d"));
    symlinkSync(join(elsewhere, "file"), join(world.out, "top"));

    await expect(copy(world, ["/d"], world.out, { force: true })).rejects.toMatchObject({ code: "file.exists" });
    await copy(world, ["/top"], world.out, { force: true });

    expect(readdirSync(elsewhere)).toEqual([]);
    expect(lstatSync(join(world.out, "top")).isFile()).toBe(true);
  });

  it("with names that lead elsewhere are left out, each with a note", async () => {
    const hostile = new Tree();
    for (const name of ["..", ".", "a/b", "../escaped", "nul\0", "n".repeat(256), "\xff", toBytes("good ü")])
      hostile.put(hostile.putDirectory(ROOT, "d"), name, memoryFile("x"));
    using world = worldWith(hostile);
    const task = testTask();

    await copy(world, ["/d"], world.out, { task });

    expect(
      readdirSync(join(world.out, "d"), { encoding: "buffer" })
        .map((name) => name.toString("latin1"))
        .sort(),
    ).toEqual([toBytes("good ü"), "\xff"].sort());
    expect(readdirSync(world.folder).sort()).toEqual(["image", "out"]);
    expect(task.notes.length).toBe(5);
  });

  it("stop when they are cancelled, and a new folder is not there at all then", async () => {
    using world = worldWith(treeOf({ "d/a": "x".repeat(3 << 20), "d/b": "y" }));
    const reason = new Problem("task.cancelled", "The task was cancelled");
    const task = testTask();
    const advance = task.advance;
    task.advance = (amount) => {
      advance(amount);
      task.abort.abort(reason);
    };

    await expect(copy(world, ["/d"], world.out, { task })).rejects.toBe(reason);

    expect(await listAll(world.out)).toEqual([]);
  });

  it("of a damaged file are not half there", async () => {
    const bytes = volumeOf(treeOf({ "d/good": "good", "d/zzz": "x".repeat(5000) }));
    // The record ends with the sectors that are set aside for the last file: fewer than belong to it.
    bytes[bytes.lastIndexOf(Buffer.from([0xb0, 10]), 512 * 1024) + 1] = 1;
    using world = worldWith(bytes);

    const copied = copy(world, ["/d"], world.out);

    await expect(copied).rejects.toMatchObject({ code: "image.damaged" });
    expect(await listAll(world.out)).toEqual([]);
  });

  it.each<[string, string[], string, string]>([
    ["what is not there", ["/none"], "out", "file.not-found"],
    ["two things to a new name", ["/d", "/top"], "out/new", "file.not-found"],
    ["into a folder that is not there", ["/top"], "out/no/where", "file.not-found"],
    ["a folder over a file", ["/d"], "image", "file.exists"],
  ])("can't be %s", async (_, paths, to, code) => {
    using world = worldWith(tree());

    await expect(copy(world, paths, join(world.folder, to))).rejects.toMatchObject({ code });
    expect(await listAll(world.out)).toEqual([]);
  });

  it("can't be written where nobody may write, or where the path is relative", async () => {
    using world = worldWith(tree());

    await expect(copy(world, ["/top"], "/proc/new")).rejects.toMatchObject({ code: "file.not-found" });
    await expect(copy(world, ["/top"], "out")).rejects.toMatchObject({ code: "args.invalid" });
  });

  it("are the same that went in, as another tool compares them", async () => {
    using world = worldWith(tree());

    await copy(world, ["/"], join(world.out, "a"));
    await copy(world, ["/d", "/run", "/top"], world.out);

    execFileSync("diff", ["-r", "--no-dereference", "--exclude=a", join(world.out, "a"), world.out]);
  });
});
