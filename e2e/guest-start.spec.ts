/**
 * Programs that Pith can't start: the console says which step failed and why, in one sentence, and the code is 127. Such
 * images can't be built with Unideck; they are made from a good one by changing bytes of it.
 */

import { copyFile, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

/** The image of a program whose path is /xyz, and where the program's first byte stands in it. */
interface Disk {
  bytes: Buffer;
  program: number;
}

let world: World;
let good: Disk;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
  const elf = world.path("xyz");
  await copyFile(program("hello.c"), elf);
  await world.unideckJson(["build", elf, "--program-path", "/xyz", "--out", world.path("good.img")]);
  const bytes = await readFile(world.path("good.img"));
  good = { bytes, program: bytes.indexOf((await readFile(elf)).subarray(0, 4096)) };
});
test.afterAll(() => world[Symbol.asyncDispose]());

/** The first byte of the root file system: partition 1, or 2 behind one for UEFI. */
function rootOf(bytes: Buffer): number {
  const entry = bytes[0x1be + 4] === 0xef ? 2 : 1;
  return bytes.readUInt32LE(0x1be + 16 * entry + 8) * 512;
}

/** Replaces all that `pattern` finds in the root file system by text of the same length. The kernel stays as it is. */
function replace({ bytes }: Disk, pattern: RegExp, by: string): void {
  const root = rootOf(bytes);
  for (const { index } of bytes.toString("latin1", root).matchAll(pattern)) bytes.write(by, root + index, "latin1");
}

const causes: { what: string; change: (disk: Disk) => void; says: string }[] = [
  {
    what: "a manifest that names no program",
    change: (disk) => replace(disk, /program(?!_)/g, "progrxm"),
    says: "cannot start anything: the manifest names no program",
  },
  {
    what: "a program that is not in the image",
    change: (disk) => replace(disk, /\/xyz/g, "/xya"),
    says: "cannot start /xya: it is not in the image",
  },
  {
    what: "a program that is a folder",
    change: (disk) => replace(disk, /\/xyz/g, "/etc"),
    says: "cannot start /etc: it is a folder",
  },
  {
    what: "a program that is a text",
    change: ({ bytes, program }) => bytes.write("just some words", program),
    says: "cannot start /xyz: it is not an ELF file",
  },
  {
    what: "a script",
    change: ({ bytes, program }) => bytes.write("#!/bin/sh", program),
    says: "cannot start /xyz: it is a script, and scripts have no interpreter here",
  },
  {
    what: "a program of 32 bits",
    change: ({ bytes, program }) => bytes.writeUInt8(1, program + 4),
    says: "cannot start /xyz: it is a 32-bit program",
  },
  {
    what: "a program for another processor",
    change: ({ bytes, program }) => bytes.writeUInt16LE(183, program + 18),
    says: "cannot start /xyz: it is for another processor",
  },
  {
    what: "an object file",
    change: ({ bytes, program }) => bytes.writeUInt16LE(1, program + 16),
    says: "cannot start /xyz: it is an ELF file, but not a program",
  },
  {
    what: "a program with a broken segment",
    change: ({ bytes, program }) => bytes.writeBigUInt64LE(1n << 40n, program + 64 + 32),
    says: "cannot start /xyz: one of its segments is broken",
  },
  {
    what: "a program whose entry point is nowhere",
    change: ({ bytes, program }) => bytes.writeBigUInt64LE(0x10n, program + 24),
    says: "cannot start /xyz: its entry point lies outside of it",
  },
  {
    what: "a root file system that is none",
    change: ({ bytes }) => bytes.fill(0, rootOf(bytes), rootOf(bytes) + 6),
    says: "cannot start anything: the root file system cannot be mounted: it does not begin as a TFS does",
  },
];

for (const [number, { what, change, says }] of causes.entries())
  test(`${what} is said to be that, with code 127`, async () => {
    const disk = { ...good, bytes: Buffer.from(good.bytes) };
    change(disk);
    const path = world.path(`bad-${number}.img`);
    await writeFile(path, disk.bytes);

    const { code, stdout } = await world.unideck(["run", path, "--rm"]);

    expect(stdout.split("\n")).toContain(`pith: ${says}`);
    expect(code).toBe(127);
  });
