import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ImageFinding } from "../../../../shared/contract/image-contents.ts";
import { memorySource } from "../../formats/byte-source.ts";
import { diskOf, treeOf, volumeOf } from "../../formats/disk/make-image.testing.ts";
import { type ElfOptions, makeElf } from "../../formats/elf/make-elf.ts";
import { memoryFile, ROOT, Tree } from "../../formats/tfs/tree.ts";
import { Tuple, type Value } from "../../formats/tfs/value.ts";
import { fixtures, temporaryFolder } from "../testing.ts";
import { checkImage } from "./check.ts";
import { ImageContents } from "./contents.ts";

async function check(bytes: Buffer): Promise<string[]> {
  const findings = await checkImage(memorySource(bytes));
  return findings.map((finding) => {
    const { level, part, message } = ImageFinding.parse(finding);
    return `${level}: ${part}: ${message}`;
  });
}

const kernel = makeElf({});
const bootWith = (files: Record<string, string | Buffer>) =>
  volumeOf(treeOf(files), new Tuple(), { withReserves: false, minimumBytes: 1 << 20 });

interface ImageOptions {
  files?: Record<string, string | Buffer>;
  manifest?: Record<string, Value>;
  boot?: Record<string, string | Buffer>;
  bootLoader?: Buffer;
  efi?: Buffer;
}

/** An image that is as it should be, but for what `spec` say. */
function imageWith({ files = {}, manifest = {}, boot = { kernel }, ...more }: ImageOptions = {}): Buffer {
  const root = volumeOf(
    treeOf({ app: makeElf({}), ...files }),
    Tuple.of(Object.entries({ program: "/app", ...manifest })),
  );
  return diskOf({ boot: bootWith(boot), root, ...more });
}

const app = (spec: ElfOptions) => ({ files: { app: makeElf(spec) } });
const dynamic: ElfOptions = { type: 3, interpreter: "/lib/ld.so", needed: ["libc.so.6"] };

describe("the check of an image", () => {
  it("finds nothing wrong with one that is as it should be", async () => {
    expect(await check(imageWith())).toEqual([]);
    const libraries = { "usr/lib/ld.so": "loader", "usr/lib/libc.so.6": "libc", lib: "->usr/lib" };
    expect(await check(imageWith({ files: { ...app(dynamic).files, ...libraries } }))).toEqual([]);
  });

  it("finds nothing wrong with what OPS and the reference tools made, but that it may be full", async () => {
    const full = "note: root file system: No free space for new files (Nanos)";

    for (const name of ["nested", "many-files", "labelled", "written-by-kernel"])
      expect(await check(gunzipSync(readFileSync(join(fixtures, `tfs/${name}.img.gz`))))).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/^(error|warning)/)]),
      );
    const ops = await check(gunzipSync(readFileSync(join(fixtures, "ops/configured.img.gz"))));
    expect(ops).toContain(full);
  });

  it.each<[what: string, image: () => Buffer, finding: string | RegExp]>([
    ["no partition table", () => Buffer.alloc(4096), "error: disk: There is no partition table"],
    ["its end missing", () => imageWith().subarray(0, -600_000), /^error: disk: The image is truncated: its last/],
    [
      "a boot loader for another layout",
      () => imageWith({ bootLoader: Buffer.alloc(4096) }),
      "error: boot loader: The image can't boot from its disk: in its boot loader, its region record has type 0 instead of 12",
    ],
    [
      "an EFI partition without a file system",
      () => imageWith({ efi: Buffer.alloc(1 << 20) }),
      "warning: disk: Its EFI system partition has no FAT file system: UEFI will find no boot loader",
    ],
    ["no kernel", () => imageWith({ boot: {} }), "error: boot file system: There is no kernel in its boot file system"],
    [
      "a kernel that is none",
      () => imageWith({ boot: { kernel: "text" } }),
      "error: boot file system: Its kernel is not a program for a known architecture",
    ],
    [
      "klibs that are missing",
      () => imageWith({ manifest: { klibs: "bootfs" } }),
      "warning: manifest: The manifest lists klibs, but the boot file system has none",
    ],
    [
      "no program named",
      () => imageWith({ manifest: { program: [] } }),
      "error: manifest: The manifest names no program",
    ],
    [
      "its program missing",
      () => imageWith({ manifest: { program: "/gone" } }),
      "error: program: /gone is not in the image",
    ],
    ["a folder as program", () => imageWith({ manifest: { program: "/" } }), "error: program: / is not a file"],
    [
      "a script as program",
      () => imageWith({ files: { app: "#!/bin/sh" } }),
      "error: program: /app is not an ELF program",
    ],
    [
      "a program for another machine",
      () => imageWith(app({ machine: 183 })),
      "error: program: /app is not a program for the kernel's architecture, x86-64",
    ],
    [
      "a program that is cut off",
      () => imageWith({ files: { app: makeElf({ data: Buffer.alloc(9000) }).subarray(0, 5000) } }),
      /^error: program: \/app can't be run: it is truncated/,
    ],
    [
      "no loader",
      () => imageWith(app(dynamic)),
      "error: program: /app needs the loader /lib/ld.so, which is not in the image",
    ],
    [
      "a library missing",
      () => imageWith({ files: { ...app(dynamic).files, "lib/ld.so": "loader" } }),
      "error: program: /app needs the library libc.so.6, which is not in the image",
    ],
    [
      "arguments that are no list",
      () => imageWith({ manifest: { arguments: "x" } }),
      "error: manifest: Its “arguments” is not a list",
    ],
    [
      "a mount point missing",
      () => imageWith({ manifest: { mounts: Tuple.of([["data", "/mnt:ro"]]) } }),
      "error: manifest: The mount point of data, /mnt is not a directory in the image",
    ],
    [
      "a working directory missing",
      () => imageWith({ manifest: { cwd: "/app" } }),
      "error: manifest: The working directory /app is not a directory in the image",
    ],
  ])("says what is wrong with %s", async (_, image, finding) => {
    expect(await check(image())).toContainEqual(typeof finding === "string" ? finding : expect.stringMatching(finding));
  });

  it("sees that a name stands in the log twice, which a kernel does not survive", async () => {
    const tree = new Tree();
    tree.put(ROOT, "first", memoryFile("1"));
    tree.put(ROOT, "thrid", memoryFile("2"));
    const bytes = volumeOf(tree);
    expect(await check(bytes)).toEqual([]);

    bytes.write("first", bytes.indexOf("thrid"));

    expect(await check(bytes)).toEqual([
      "error: root file system: The log has the name “first” twice: a kernel that writes to it can't read it again",
    ]);
  });

  it("sees that two files share a sector", async () => {
    const bytes = volumeOf(treeOf({ a: "x".repeat(600), b: "y" }));
    // The sector of b, as a varint: 3075 becomes 3074, which is a's second.
    const at = bytes.lastIndexOf(Buffer.from([0xb0, 0x98, 0x03]), 512 * 1024);

    bytes[at + 2] = 2;

    expect(await check(bytes)).toEqual(["error: root file system: /b and /a share sector 3074"]);
  });

  it("does not read a program to its end that says to be longer than its file system", async () => {
    const program = Buffer.concat([makeElf({}), Buffer.alloc(3 << 20)]);
    const bytes = imageWith({ files: { app: program } });
    const length = [21, 14, 7, 0].map((shift) => ((program.length >> shift) & 0x7f) | (shift ? 0x80 : 0));
    const at = bytes.lastIndexOf(Buffer.from(length));
    // As large as four bytes can say: 256 MiB in a file system of 6.
    bytes.write("ffffff7f", at, "hex");

    expect(await check(bytes)).toEqual(["error: program: /app claims a length beyond the end of its file system"]);
    using folder = temporaryFolder();
    const path = join(folder.path, "image");
    writeFileSync(path, bytes);
    const inside = new ImageContents(async () => ({ name: "image", path }), "1.2.3");
    expect((await inside.show("image")).program).toBeUndefined();
    expect((await inside.sbom("image")).components.map(({ name }) => name)).toEqual(["kernel"]);
  });

  it("has an answer wherever an image is cut off", async () => {
    const whole = imageWith();

    for (let end = 0; end < whole.length; end += end < 20_000 ? 512 : 100_000) {
      const findings = await check(whole.subarray(0, end));
      expect(
        findings.some((finding) => finding.startsWith("error")),
        String(end),
      ).toBe(true);
    }
  });

  it("tells of a run that left its mark", async () => {
    const bytes = imageWith();
    bytes.write("KLOG", 512);
    bytes.writeInt32LE(3, 512 + 12);

    expect(await check(bytes)).toEqual(["note: disk: A kernel has run from this disk and ended with 3"]);
  });
});
