/**
 * Readers against damaged files: golden files with bytes changed, moved and cut off. Every outcome but two is right: the
 * reader's own error, or an answer. Anything else that is thrown is a bug, and so is an answer that does not come.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { identifyKernel } from "../kernel/identify.ts";
import { mutate, randomNumbers } from "../lib/mutation.testing.ts";
import { type ByteSource, memorySource } from "./byte-source.ts";
import { parseCrashLog } from "./crash-log.ts";
import { openPartition, readDisk } from "./disk.ts";
import { findCallSites } from "./elf/call-sites.ts";
import { readDynamic } from "./elf/dynamic.ts";
import { readGoFacts } from "./elf/go.ts";
import { ElfDamage, readHeader, readTables } from "./elf/header.ts";
import { makeElf } from "./elf/make-elf.ts";
import { readNotes } from "./elf/notes.ts";
import { findSymbols } from "./elf/symbols.ts";
import { checkImage } from "./inside/check.ts";
import { listEntries } from "./inside/entries.ts";
import { kernelOf } from "./kernel-in-image.ts";
import { diskOf, treeOf, volumeOf } from "./make-image.testing.ts";
import { fixtures } from "./testing.ts";
import { findDamage } from "./tfs/check.ts";
import { TfsDamage } from "./tfs/codec.ts";
import { readVolumeIdentity } from "./tfs/log-reader.ts";
import { Tuple, toPlain } from "./tfs/value.ts";
import { contentsOf, manifestOf, openVolume, typeOf, walkTree } from "./tfs/volume.ts";

interface Target {
  name: string;
  seeds: Buffer[];
  /** Where the changes are made. */
  range: (bytes: Buffer) => [from: number, to: number];
  /** Looks at everything there is. Calls `passed` when the header, and what follows it first, has been accepted. */
  read: (source: ByteSource, passed: () => void) => Promise<void>;
  expected: new (message: string) => Error;
  runs: number;
}

const tfsSeeds = readdirSync(join(fixtures, "tfs"))
  .filter((name) => /^(?!large|written).*\.img\.gz$/.test(name))
  .map((name) => gunzipSync(readFileSync(join(fixtures, "tfs", name))));
const kernelSeed = gunzipSync(readFileSync(join(fixtures, "tfs/written-by-kernel.img.gz")));
const opsImage = gunzipSync(readFileSync(join(fixtures, "ops/configured.img.gz")));

/** Sector 0 and what the first log extension uses: it ends in zeros. */
function usedLog(bytes: Buffer): [number, number] {
  let end = Math.min(bytes.length, 513 * 1024);
  while (end > 600 && bytes[end - 1] === 0) end--;
  return [512, end];
}

async function readVolume(source: ByteSource, passed: () => void): Promise<void> {
  await readVolumeIdentity(source);
  passed();
  const volume = await openVolume(source);
  findDamage(volume);
  try {
    toPlain(manifestOf(volume));
  } catch (error) {
    // A manifest may be too deep to be shown.
    if (!(error instanceof RangeError)) throw error;
  }
  // What lists and checks must answer for any tree.
  for (const _ of listEntries(volume, { node: volume.root, path: "/" }, true));
  for (const { node } of walkTree(volume)) if (typeOf(node) === "file") await contentsOf(volume, node).read(0, 4096);
}

async function readElf(source: ByteSource, passed: () => void): Promise<void> {
  await readHeader(source);
  passed();
  const tables = await readTables(source);
  await readNotes(source, tables);
  await findSymbols(source, tables.sections, ["fork", "main"]);
  await readGoFacts(source, tables.sections);
  await identifyKernel(source);
  await readDynamic(source, tables);
  await findCallSites(source, tables, ["fork"]);
}

const elfSeed = makeElf({
  type: 3,
  interpreter: "/lib64/ld-linux-x86-64.so.2",
  needed: ["libm.so.6", "libc.so.6"],
  runpath: "$ORIGIN/lib",
  notes: [{ owner: "Pith", type: 1, bytes: Buffer.from("0.1.0\0") }],
  symbols: [
    { name: "fork", isDefined: false },
    { name: "main", isDefined: true },
  ],
  sections: { ".go.buildinfo": Buffer.alloc(64, "go"), ".gopclntab": Buffer.from("\0os/exec.(*Cmd).Start\0") },
});

const targets: Target[] = [
  { name: "TFS", seeds: tfsSeeds, range: usedLog, read: readVolume, expected: TfsDamage, runs: 600 },
  { name: "TFS of a kernel", seeds: [kernelSeed], range: usedLog, read: readVolume, expected: TfsDamage, runs: 150 },
  {
    name: "ELF",
    seeds: [elfSeed],
    range: (bytes) => [16, bytes.length],
    read: readElf,
    expected: ElfDamage,
    runs: 3000,
  },
  {
    name: "partition table",
    seeds: [opsImage],
    range: () => [0x1be, 0x1fe],
    read: async (source, passed) => {
      await checkImage(source);
      const disk = await readDisk(source);
      passed();
      await kernelOf(disk);
      await openPartition(disk, disk.root);
      if (disk.efi) await source.read(disk.efi.offsetBytes, 512);
    },
    expected: TfsDamage,
    runs: 150,
  },
];

describe("a reader of damaged files", () => {
  it.each(targets)(
    "$name: answers or says what is wrong, always",
    async ({ name, seeds, range, read, expected, runs }) => {
      const random = randomNumbers(20261124);
      const counts = { passed: 0, whole: 0 };
      for (let run = 0; run < runs; run++) {
        const seed = seeds[run % seeds.length] ?? Buffer.alloc(0);
        const changed = mutate(seed, ...range(seed), random);
        const bytes = random(8) === 0 ? changed.subarray(0, random(changed.length)) : changed;
        try {
          await read(memorySource(bytes), () => counts.passed++);
          counts.whole++;
        } catch (error) {
          if (!(error instanceof expected)) throw new Error(`run ${run}`, { cause: error });
        }
      }
      console.log(
        `${name}: of ${runs} inputs ${counts.passed} got past the header, ${counts.whole} were read to their end`,
      );
      expect(counts.passed).toBeGreaterThan(runs / 2);
      expect(counts.whole).toBeGreaterThan(0);
      expect(counts.whole).toBeLessThan(runs);
    },
    // Thousands of inputs: five seconds of work, and a machine may be busy.
    60_000,
  );

  it("every single byte of a small log may be anything", async () => {
    const seed = gunzipSync(readFileSync(join(fixtures, "tfs/one-file.img.gz")));
    const [, end] = usedLog(seed);
    for (const at of [...Array(64).keys(), ...Array.from({ length: end - 512 }, (_, index) => 512 + index)])
      for (const flip of [0x01, 0x08, 0x80, 0xff]) {
        const bytes = Buffer.from(seed);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        await readVolume(memorySource(bytes), () => {}).catch((error: unknown) => {
          if (!(error instanceof TfsDamage)) throw new Error(`byte ${at}`, { cause: error });
        });
      }
  });

  it("every single byte of a partition table may be anything, and a check has an answer", async () => {
    const boot = volumeOf(treeOf({ kernel: elfSeed }), new Tuple(), { withReserves: false });
    const seed = diskOf({ boot, root: volumeOf(treeOf({ app: elfSeed }), Tuple.of([["program", "/app"]])) });
    for (let at = 0x1be; at < 512; at++)
      for (const flip of [0x01, 0x10, 0x80, 0xff]) {
        seed[at] = (seed[at] ?? 0) ^ flip;
        for (const { message } of await checkImage(memorySource(seed))) expect(message).not.toBe("");
        seed[at] = (seed[at] ?? 0) ^ flip;
      }
  });

  it("any 4096 bytes may stand where a crash log is", () => {
    const random = randomNumbers(1);
    for (let run = 0; run < 500; run++) {
      const bytes = Buffer.from(Array.from({ length: 32 + random(100) }, () => random(256)));
      if (random(2)) bytes.write("KLOG");
      const log = parseCrashLog(bytes);
      expect(log === undefined || log.text.length <= 4080).toBe(true);
    }
  });
});
