import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KernelRelease } from "../../../shared/contract/kernels.ts";
import type { ProblemCode } from "../../../shared/problem.ts";
import { makeElf } from "../formats/elf/make-elf.ts";
import { release, testWorld } from "../images/testing.ts";
import { KernelReleases, readReleaseFiles } from "./releases.ts";

const pithKernel = makeElf({
  notes: [
    { owner: "Xen", type: 18, bytes: Buffer.alloc(8) },
    { owner: "Pith", type: 1, bytes: Buffer.from("0.1.0\0") },
  ],
});
const nanosKernel = makeElf({ data: Buffer.from("\0uname\0NANOS_VERSION\0") });
const armKernel = makeElf({ machine: 183 });

/** A release with that kernel in `folder`. */
function putRelease(folder: string, kernel?: Buffer): string {
  mkdirSync(folder, { recursive: true });
  cpSync(release, folder, { recursive: true });
  if (kernel) writeFileSync(join(folder, "kernel.img"), kernel);
  return folder;
}

describe("the kernel releases", () => {
  it("are the bundled Pith and what OPS has downloaded, the newest first", async () => {
    using world = testWorld();
    const bundled = putRelease(join(world.folder, "bundled"), pithKernel);
    for (const version of ["0.1.9", "0.1.54", "nightly"]) putRelease(join(world.homes.ops, version), nanosKernel);
    putRelease(join(world.homes.ops, "0.1.54-arm"), armKernel);
    for (const folder of ["images", "common", "0.1.60"]) mkdirSync(join(world.homes.ops, folder), { recursive: true });

    const releases = await new KernelReleases(world.homes, bundled).list();

    expect(releases.map(({ id, kind, version, architecture }) => [id, kind, version, architecture])).toEqual([
      ["pith", "pith", "0.1.0", "x86-64"],
      ["nightly", "nanos", "nightly", "x86-64"],
      ["0.1.54-arm", "unknown", "0.1.54", "arm64"],
      ["0.1.54", "nanos", "0.1.54", "x86-64"],
      ["0.1.9", "nanos", "0.1.9", "x86-64"],
    ]);
    expect(releases.map((found) => KernelRelease.parse(found))).toEqual(releases);
  });

  it("may be any folder of that shape", async () => {
    using world = testWorld();
    const folder = putRelease(join(world.folder, "mine"));

    expect(await world.kernels.resolve(folder)).toEqual({
      id: folder,
      kind: "unknown",
      version: "unknown",
      path: folder,
      architecture: "x86-64",
      bundled: false,
      kernelBytes: 128,
      klibs: ["ntp"],
    });
  });

  it("are looked at again when their kernel has changed", async () => {
    using world = testWorld();
    const folder = putRelease(join(world.folder, "mine"), nanosKernel);
    expect((await world.kernels.resolve(folder)).kind).toBe("nanos");

    putRelease(folder, pithKernel);

    expect(await world.kernels.resolve(folder)).toMatchObject({ kind: "pith", version: "0.1.0" });
  });

  it("give an image their kernel, their boot loader and the klibs that it wants", async () => {
    using world = testWorld();
    const mine = await world.kernels.resolve(release);

    const files = await readReleaseFiles(mine, ["ntp"]);

    expect(files.kernel.equals(readFileSync(join(release, "kernel.img")))).toBe(true);
    expect([...files.klibs]).toEqual([["ntp", readFileSync(join(release, "klibs/ntp"))]]);
    await expect(readReleaseFiles(mine, ["../boot.img"])).rejects.toMatchObject({ code: "kernel.not-found" });
  });
});

const broken: [what: string, change: (folder: string) => void, code: ProblemCode, message: RegExp][] = [
  ["no kernel", (folder) => rmSync(join(folder, "kernel.img")), "kernel.not-found", /0.1.1 is not installed/],
  ["an empty kernel", (folder) => writeFileSync(join(folder, "kernel.img"), ""), "kernel.damaged", /empty/],
  [
    "a kernel too large",
    (folder) => writeFileSync(join(folder, "kernel.img"), Buffer.alloc(13 << 20)),
    "kernel.damaged",
    /too large/,
  ],
  ["no boot loader", (folder) => rmSync(join(folder, "boot.img")), "kernel.damaged", /no boot.img/],
  [
    "a wrong region record",
    (folder) => writeFileSync(join(folder, "boot.img"), Buffer.alloc(2048)),
    "kernel.damaged",
    /boot.img is damaged/,
  ],
  [
    "a longer boot loader",
    (folder) =>
      writeFileSync(
        join(folder, "boot.img"),
        Buffer.concat([readFileSync(join(release, "boot.img")), Buffer.alloc(512)]),
      ),
    "kernel.damaged",
    /region record/,
  ],
  [
    "an endless boot loader",
    (folder) => writeFileSync(join(folder, "boot.img"), Buffer.alloc(2 << 20)),
    "kernel.damaged",
    /too large/,
  ],
];

describe("a release", () => {
  it.each(broken)("with %s is refused, and not listed", async (_, change, code, message) => {
    using world = testWorld();
    const folder = putRelease(join(world.homes.ops, "0.1.1"));
    change(folder);

    await expect(world.kernels.resolve("0.1.1")).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect((await world.kernels.list()).map(({ id }) => id)).toEqual(["pith"]);
  });

  it("that is not built yet says how to build it", async () => {
    using world = testWorld();
    const kernels = new KernelReleases(world.homes, join(world.folder, "none"));

    await expect(kernels.resolve("pith")).rejects.toMatchObject({
      code: "kernel.not-built",
      hint: expect.stringContaining("make -C kernel"),
    });
    expect(await kernels.list()).toEqual([]);
  });

  it.each(["9.9.9", "latest", "../images", "", "/no/such/folder"])("named “%s” is not found", async (id) => {
    using world = testWorld();

    await expect(world.kernels.resolve(id)).rejects.toMatchObject({ code: "kernel.not-found" });
  });
});
