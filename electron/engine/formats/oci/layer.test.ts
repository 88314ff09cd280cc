import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../../shared/problem.ts";
import { listAll, temporaryFolder } from "../../images/testing.ts";
import { mutate, randomNumbers } from "../../lib/mutation.testing.ts";
import { makeTar, retag, type TarEntry } from "../tar/make-tar.testing.ts";
import { LayerFolder, type LayerLimits } from "./layer.ts";

const MIB = 1 << 20;
const usual: LayerLimits = { bytes: 64 * MIB, entries: 1000 };
const never = () => new AbortController().signal;

/** Applies layers to the folder `root` of `base`, whose outside has a file `outside`. */
async function applyAll(base: string, layers: readonly (Buffer | readonly TarEntry[])[], limits = usual) {
  const root = join(base, "root");
  mkdirSync(root, { recursive: true });
  writeFileSync(join(base, "outside"), "not of the image");
  const folder = new LayerFolder(root, "test", limits);
  for (const layer of layers) {
    const bytes = Buffer.isBuffer(layer) ? layer : await makeTar(layer as readonly TarEntry[]);
    await folder.apply(Readable.from([bytes]), never());
  }
  await folder.finish();
  return { root, leftOut: folder.leftOut, text: (path: string) => readFileSync(join(root, path), "utf8") };
}

const dir = (name: string, mode = 0o755): TarEntry => ({ name, type: "directory", mode });
const file = (name: string, content = name): TarEntry => ({ name, content });

describe("layers of a container image", () => {
  it("put files, links and folders in their places, with their permissions", async () => {
    using base = temporaryFolder();
    const { root, text } = await applyAll(base.path, [
      [
        dir("./etc", 0o700),
        { name: "/etc/shadow", content: "secret", mode: 0o600 },
        { name: "bin/tool", content: "#!", mode: 0o4755 },
        { name: "bin/same", type: "link", linkname: "bin/tool" },
        { name: "lib", type: "symlink", linkname: "/usr/lib" },
        file(`deep/${"n".repeat(200)}/x`),
      ],
    ]);
    expect(text("etc/shadow")).toBe("secret");
    expect(lstatSync(join(root, "etc")).mode & 0o7777).toBe(0o700);
    expect(lstatSync(join(root, "etc/shadow")).mode & 0o7777).toBe(0o600);
    expect(lstatSync(join(root, "bin/tool")).mode & 0o7777).toBe(0o4755);
    expect(lstatSync(join(root, "bin/same")).ino).toBe(lstatSync(join(root, "bin/tool")).ino);
    expect(readlinkSync(join(root, "lib"))).toBe("/usr/lib");
    expect(text(`deep/${"n".repeat(200)}/x`)).toContain("deep");
  });

  it("hide what lower ones have by whiteouts, and never what they bring themselves", async () => {
    using base = temporaryFolder();
    const { root, text } = await applyAll(base.path, [
      [file("a/one"), file("a/two"), file("b/old"), file("b/sub/old"), file("c"), file("d/e/f")],
      [
        // In both orders: what counts is the layer, not the place in it.
        file("b/new"),
        file("b/.wh..wh..opq", ""),
        file("b/sub/new"),
        file("a/.wh.one", ""),
        file(".wh.c", ""),
        file("c", "again"),
        file("d/e/.wh.not-there", ""),
        file("d/.wh.e", ""),
        file(".wh..wh.plnk", ""),
      ],
    ]);
    expect(readdirSync(join(root, "a"))).toEqual(["two"]);
    expect((await listAll(join(root, "b"))).sort()).toEqual(["new", "sub", "sub/new"]);
    expect(text("c")).toBe("again");
    expect(existsSync(join(root, "d/e"))).toBe(false);
    expect(readdirSync(root).filter((name) => name.startsWith(".wh."))).toEqual([]);
  });

  it("replace a folder by a file, a file by a folder, and a link by what has its name", async () => {
    using base = temporaryFolder();
    const { root, text } = await applyAll(base.path, [
      [
        file("x/deep/file"),
        file("y"),
        { name: "z", type: "symlink", linkname: "/outside" },
        dir("kept"),
        file("kept/1"),
      ],
      [file("x", "a file"), dir("y"), file("y/in"), file("z", "a file"), dir("kept", 0o750)],
    ]);
    expect(text("x")).toBe("a file");
    expect(text("y/in")).toBe("y/in");
    expect(lstatSync(join(root, "z")).isFile()).toBe(true);
    expect(text("kept/1")).toBe("kept/1");
    expect(readFileSync(join(base.path, "outside"), "utf8")).toBe("not of the image");
  });

  it("follow links as a process with that root would", async () => {
    using base = temporaryFolder();
    const { root, text } = await applyAll(base.path, [
      [
        dir("run"),
        { name: "var/run", type: "symlink", linkname: "/run" },
        { name: "up", type: "symlink", linkname: "../../../.." },
      ],
      [file("var/run/app.pid", "1"), file("up/here", "2"), { name: "hard", type: "link", linkname: "var/run/app.pid" }],
    ]);
    expect(text("run/app.pid")).toBe("1");
    expect(text("here")).toBe("2");
    expect(text("hard")).toBe("1");
    expect(readlinkSync(join(root, "var/run"))).toBe("/run");
    expect(readdirSync(base.path).sort()).toEqual(["outside", "root"]);
  });

  it("leave devices and pipes out, and say how many", async () => {
    using base = temporaryFolder();
    const { root, leftOut } = await applyAll(base.path, [
      [
        { name: "dev/null", type: "character-device", devmajor: 1, devminor: 3 },
        { name: "dev/sda", type: "block-device", devmajor: 8, devminor: 0 },
        { name: "run/fifo", type: "fifo" },
        file("there"),
      ],
    ]);
    expect(leftOut).toEqual({ devices: 2, pipes: 1 });
    expect((await listAll(root)).sort()).toEqual(["dev", "run", "there"]);
  });

  it("keep long zeros as holes", async () => {
    using base = temporaryFolder();
    const content = Buffer.alloc(32 * MIB);
    content.write("end", content.length - 3);
    const { root } = await applyAll(base.path, [[{ name: "sparse", content }]]);
    const facts = statSync(join(root, "sparse"));
    expect(facts.size).toBe(content.length);
    expect(facts.blocks * 512).toBeLessThan(MIB);
    expect(readFileSync(join(root, "sparse")).equals(content)).toBe(true);
  });

  it.each<[string, TarEntry[], Partial<LayerLimits>, string]>([
    ["a name that goes up", [file("a/../../outside")], {}, "container.damaged"],
    ["a hard link that goes up", [{ name: "l", type: "link", linkname: "../outside" }], {}, "container.damaged"],
    ["a hard link to nothing", [{ name: "l", type: "link", linkname: "nothing" }], {}, "container.damaged"],
    ["a hard link to a folder", [dir("d"), { name: "l", type: "link", linkname: "d" }], {}, "container.damaged"],
    ["too many files", [file("a"), file("b"), file("c")], { entries: 2 }, "archive.too-large"],
    ["too many bytes", [{ name: "a", content: Buffer.alloc(2048) }], { bytes: 2047 }, "archive.too-large"],
    [
      "links in a circle",
      [{ name: "a", type: "symlink", linkname: "b" }, { name: "b", type: "symlink", linkname: "a" }, file("a/x")],
      {},
      "container.damaged",
    ],
    ["a name that is too long", [file("n".repeat(256))], {}, "container.damaged"],
    ["a path that is too deep", [file(Array(300).fill("d").join("/"))], {}, "container.damaged"],
  ])("refuse %s", async (_, entries, limits, code) => {
    using base = temporaryFolder();
    await expect(applyAll(base.path, [entries], { ...usual, ...limits })).rejects.toMatchObject({ code });
    expect(readFileSync(join(base.path, "outside"), "utf8")).toBe("not of the image");
    expect(readdirSync(base.path).sort()).toEqual(["outside", "root"]);
  });

  it("end with the reason of a signal", async () => {
    using base = temporaryFolder();
    const abort = new AbortController();
    const folder = new LayerFolder(base.path, "test", usual);
    const layer = await makeTar([{ name: "a", content: Buffer.alloc(4 * MIB, 1) }]);
    const pieces = async function* () {
      yield layer.subarray(0, MIB);
      abort.abort(new Error("enough"));
      yield layer.subarray(MIB);
    };
    await expect(folder.apply(Readable.from(pieces()), abort.signal)).rejects.toThrow("enough");
  });
});

it("a mutated layer writes below its folder or nowhere, and always comes to an end", async () => {
  using base = temporaryFolder();
  const random = randomNumbers(20261201);
  const seed = await makeTar([
    dir("etc"),
    { name: "lib", type: "symlink", linkname: "../../.." },
    file("lib/x", "through a link"),
    { name: "hard", type: "link", linkname: "lib/x" },
    file("etc/.wh..wh..opq", ""),
    file("etc/.wh.x", ""),
    { name: "big", content: Buffer.alloc(3000, 1) },
  ]);
  const counts = { whole: 0, refused: 0 };
  for (let run = 0; run < 300; run++) {
    const home = join(base.path, String(run), "in");
    const changed = resummed(mutate(seed, 0, seed.length, random));
    mkdirSync(home, { recursive: true });
    try {
      await applyAll(home, [seed, random(8) ? changed : changed.subarray(0, random(changed.length))]);
      counts.whole++;
    } catch (error) {
      if (!(error instanceof Problem)) throw new Error(`run ${run}`, { cause: error });
      counts.refused++;
    }
    expect(readdirSync(home).sort()).toEqual(["outside", "root"]);
    expect(readFileSync(join(home, "outside"), "utf8")).toBe("not of the image");
    expect(readdirSync(join(base.path, String(run)))).toEqual(["in"]);
  }
  expect(counts.whole).toBeGreaterThan(50);
  expect(counts.refused).toBeGreaterThan(20);
}, 60_000);

/** With right checksums, so that the changes are looked at. */
function resummed(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar.toString("latin1", at + 257, at + 262) !== "ustar") continue;
    const header = tar.subarray(at, at + 512);
    retag(header, header.toString("latin1", 156, 157)).copy(tar, at);
  }
  return tar;
}
