import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { listAll, temporaryFolder } from "../../images/testing.ts";
import { makeTar, makeTarGz, retag, type TarEntry } from "./make-tar.testing.ts";
import { unpackTar } from "./unpack-tar.ts";

const MIB = 1 << 20;

/** Unpacks `bytes` into the folder `here` of `base`. */
async function unpack(base: string, bytes: Buffer, limits = { bytes: 4 * MIB, entries: 100 }): Promise<number> {
  const archive = join(base, "a.tar.gz");
  const folder = join(base, "here");
  writeFileSync(archive, bytes);
  mkdirSync(folder, { recursive: true });
  let read = 0;
  const onProgress = (count: number) => {
    read += count;
  };
  await unpackTar({ archive, folder, limits, signal: new AbortController().signal, onProgress });
  return read;
}

const sound: TarEntry[] = [
  { name: "./", type: "directory" },
  { name: "./kernel.img", content: "kernel", mode: 0o600 },
  { name: "tools/dump", content: "#!", mode: 0o4755 },
  { name: "klibs/", type: "directory" },
  { name: "klibs/ntp", content: Buffer.alloc(70_000, 7) },
  { name: `long/${"n".repeat(200)}`, content: "x" },
];

describe("a header of 300 MB before an entry", () => {
  it.each([
    ["PAX's, of one entry", "x"],
    ["PAX's, of all that follow", "g"],
    ["GNU's, with a long name", "L"],
    ["GNU's, with a long link", "K"],
  ])("(%s) ends the reading after a mebibyte or two", async (_, type) => {
    using base = temporaryFolder();
    const archive = join(base.path, "a.tar");
    const header = (await makeTar([{ name: "x", content: "y" }])).subarray(0, 512);
    header.write((300 * MIB).toString(8).padStart(11, "0"), 124, "latin1");
    writeFileSync(archive, retag(header, type));
    truncateSync(archive, 301 * MIB);
    let read = 0;
    const onProgress = (count: number) => {
      read += count;
    };

    const limits = { bytes: 1 << 30, entries: 100 };
    const attempt = unpackTar({ archive, folder: base.path, limits, signal: new AbortController().signal, onProgress });

    await expect(attempt).rejects.toMatchObject({ code: "archive.too-large" });
    expect(read).toBeLessThan(2 * MIB);
  });
});

describe("a tar archive", () => {
  it.each([
    ["compressed", makeTarGz],
    ["not compressed", makeTar],
  ])("%s becomes files and folders, with progress in its own bytes", async (_, make) => {
    using base = temporaryFolder();
    const bytes = await make(sound);

    const read = await unpack(base.path, bytes);

    expect(await listAll(join(base.path, "here"))).toEqual(
      ["kernel.img", "klibs", "klibs/ntp", "long", `long/${"n".repeat(200)}`, "tools", "tools/dump"].sort(),
    );
    expect(readFileSync(join(base.path, "here/klibs/ntp")).equals(Buffer.alloc(70_000, 7))).toBe(true);
    expect(statSync(join(base.path, "here/kernel.img")).mode & 0o7777).toBe(0o644);
    expect(statSync(join(base.path, "here/tools/dump")).mode & 0o7777).toBe(0o755);
    expect(read).toBe(bytes.length);
  });

  it("is left when the task is cancelled", async () => {
    using base = temporaryFolder();
    const archive = join(base.path, "a.tar.gz");
    writeFileSync(archive, await makeTarGz(sound));
    const abort = new AbortController();

    const onProgress = () => abort.abort(new Error("enough"));
    const unpacking = unpackTar({
      ...{ archive, folder: base.path, signal: abort.signal, onProgress },
      limits: { bytes: MIB, entries: 100 },
    });

    await expect(unpacking).rejects.toThrow("enough");
  });
});

const evil: [what: string, entries: TarEntry[], code: string][] = [
  ["a name that goes up", [{ name: "../evil", content: "x" }], "archive.unsafe"],
  ["a name that goes up further in", [{ name: "a/../../evil", content: "x" }], "archive.unsafe"],
  ["a folder that goes up", [{ name: "a/..", type: "directory" }], "archive.unsafe"],
  ["an absolute name", [{ name: "/tmp/evil", content: "x" }], "archive.unsafe"],
  ["a NUL in a name", [{ name: "a", content: "x" }], "archive.unsafe"],
  ["a symbolic link", [{ name: "a", type: "symlink", linkname: "/etc" }], "archive.unsafe"],
  ["a hard link", [{ name: "a", type: "link", linkname: "../b" }], "archive.unsafe"],
  ["a device", [{ name: "a", type: "character-device", devmajor: 1, devminor: 3 }], "archive.unsafe"],
  ["a fifo", [{ name: "a", type: "fifo" }], "archive.unsafe"],
  ["a file without a name", [{ name: ".", content: "x" }], "archive.unsafe"],
  ["a name too long", [{ name: "n".repeat(256), content: "x" }], "archive.unsafe"],
  ["a path too deep", [{ name: "a/".repeat(33), type: "directory" }], "archive.unsafe"],
  [
    "a name twice",
    [
      { name: "a", content: "x" },
      { name: "./a", content: "y" },
    ],
    "archive.damaged",
  ],
  [
    "a file that is a folder, too",
    [
      { name: "a", content: "x" },
      { name: "a/b", content: "y" },
    ],
    "archive.damaged",
  ],
  [
    "more entries than may be",
    Array.from({ length: 101 }, (_, i) => ({ name: `${i}`, content: "" })),
    "archive.too-large",
  ],
];

describe("an archive is not unpacked, and nothing comes to be outside of its folder, with", () => {
  it.each(evil)("%s", async (what, entries, code) => {
    using base = temporaryFolder();
    let tar = await makeTar(entries);
    // The writer ends names at a NUL; a PAX header does not have to.
    if (what === "a NUL in a name") tar = await withPax("path", "a\0b", entries);

    await expect(unpack(base.path, gzipSync(tar))).rejects.toMatchObject({ code, hint: expect.any(String) });
    expect((await listAll(base.path)).filter((name) => !name.startsWith("here"))).toEqual(["a.tar.gz"]);
  });

  it.each(["-1", "x", "99999999999999999999"])("a size of %s", async (size) => {
    using base = temporaryFolder();
    const tar = await withPax("size", size, [{ name: "a", content: "x" }]);

    await expect(unpack(base.path, gzipSync(tar))).rejects.toMatchObject({ code: /^archive\./ });
  });

  it("more bytes than may be, however small it is itself", async () => {
    using base = temporaryFolder();
    const bomb = await makeTarGz([{ name: "a", content: Buffer.alloc(8 * MIB) }]);
    expect(bomb.length).toBeLessThan(20_000);
    await expect(unpack(base.path, bomb)).rejects.toMatchObject({ code: "archive.too-large" });

    const many = Array.from({ length: 9 }, (_, i) => ({ name: `${i}`, content: Buffer.alloc(MIB / 2) }));
    await expect(unpack(base.path, await makeTarGz(many))).rejects.toMatchObject({ code: "archive.too-large" });

    const hidden = retag(await makeTar([{ name: "a", content: Buffer.alloc(8 * MIB) }]), "x");
    await expect(unpack(base.path, gzipSync(hidden))).rejects.toMatchObject({ code: "archive.too-large" });
  });

  it("an end that comes too early", async () => {
    using base = temporaryFolder();
    const [gz, tar] = [await makeTarGz(sound), await makeTar(sound)];

    for (const part of [gz.subarray(0, 40), gz.subarray(0, -9), tar.subarray(0, 700), tar.subarray(0, 3000)])
      await expect(unpack(base.path, part)).rejects.toMatchObject({ code: "archive.damaged" });
  });

  it.each([
    ["text", Buffer.from("no archive at all ".repeat(100)), "archive.damaged"],
    ["compressed text", gzipSync("no archive at all ".repeat(100)), "archive.damaged"],
    ["nothing", Buffer.alloc(0), "file.empty"],
  ])("%s in it", async (_, bytes, code) => {
    using base = temporaryFolder();

    await expect(unpack(base.path, bytes)).rejects.toMatchObject({ code });
  });
});

describe("what is no archive", () => {
  it("is named: a folder, a file that is not there", async () => {
    using base = temporaryFolder();
    const wish = { folder: base.path, limits: { bytes: 1, entries: 1 }, signal: new AbortController().signal };
    const from = (archive: string) => unpackTar({ ...wish, archive, onProgress: () => {} });

    await expect(from(base.path)).rejects.toMatchObject({ code: "file.unsupported" });
    await expect(from("/dev/null")).rejects.toMatchObject({ code: "file.unsupported" });
    await expect(from(join(base.path, "none"))).rejects.toMatchObject({ code: "file.not-found" });
  });
});

/** Entries behind a PAX header for the first of them (POSIX pax, "Extended Header"): length, key and value, a line's end. */
async function withPax(key: string, value: string, entries: readonly TarEntry[]): Promise<Buffer> {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return retag(await makeTar([{ name: "PaxHeader", content: `${length}${rest}` }, ...entries]), "x");
}
