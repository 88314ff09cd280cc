/**
 * Readers against damaged files: golden files with bytes changed, moved and cut off. Every outcome but two is right: the
 * reader's own error, or an answer. Anything else that is thrown is a bug, and so is an answer that does not come.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ElfDamage, readHeader } from "../../../../shared/elf.ts";
import { checkImage } from "../../images/contents/check.ts";
import { findProgram, versionInEnvironment } from "../../images/contents/details.ts";
import { listEntries } from "../../images/contents/entries.ts";
import { kernelOf } from "../../images/kernel-in-image.ts";
import { fixtures } from "../../images/testing.ts";
import { identifyKernel } from "../../kernels/identify.ts";
import { mutate, randomNumbers } from "../../lib/mutation.testing.ts";
import { type ByteSource, memorySource, partOf } from "../byte-source.ts";
import { findCallSites } from "../elf/call-sites.ts";
import { readDynamic } from "../elf/dynamic.ts";
import { readGoFacts } from "../elf/go.ts";
import { readTables } from "../elf/header.ts";
import { makeElf } from "../elf/make-elf.ts";
import { readNotes } from "../elf/notes.ts";
import { findSymbols } from "../elf/symbols.ts";
import { findDamage } from "../tfs/check.ts";
import { TfsDamage } from "../tfs/codec.ts";
import { readVolumeIdentity } from "../tfs/log-reader.ts";
import { Tuple, toPlain, type Value } from "../tfs/value.ts";
import { contentsOf, manifestOf, openVolume, readManifest, typeOf, walkTree } from "../tfs/volume.ts";
import { parseCrashLog } from "./crash-log.ts";
import { openPartition, readDisk } from "./disk.ts";
import { diskOf, treeOf, volumeOf } from "./make-image.testing.ts";

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

/** What kernels and people read of a manifest: all of its forms, and names that lead into the tree. */
async function readManifestOf(source: ByteSource, passed: () => void): Promise<void> {
  const disk = await readDisk(source);
  const part = partOf(source, disk.root.offsetBytes, disk.root.sizeBytes);
  await readVolumeIdentity(part);
  passed();
  await readManifest(part);
  for (const { message } of await checkImage(source)) if (message === "") throw new Error("a finding without words");
  const root = await openVolume(part);
  findProgram(root);
  versionInEnvironment(root, "nanos");
  toPlain(manifestOf(root));
}

const diskWith = (manifest: Tuple) =>
  diskOf({
    boot: volumeOf(treeOf({ kernel: elfSeed }), new Tuple(), { withReserves: false }),
    root: volumeOf(treeOf({ "bin/app": makeElf({}), app: "->bin/app" }), manifest, { withReserves: false }),
  });

const manifestSeed = diskWith(
  Tuple.of([
    ["program", "/app"],
    ["arguments", ["app", "--port", "80"]],
    ["environment", Tuple.of([...["USER", "PWD", "NANOS_VERSION"].map((name): [string, string] => [name, "/bin"])])],
    ["mounts", Tuple.of([["data", "/lib:ro"]])],
    ["cwd", "/bin"],
    ["klibs", "bootfs"],
    ["debug_exit", "t"],
    ["firewall", Tuple.of([["rules", [Tuple.of([["ip", "10.0.2.2"]])]]])],
  ]),
);

/** Where the log of that image's root says these things: behind its own header, up to the end of what it uses. */
function usedRootLog(bytes: Buffer): [number, number] {
  const from = bytes.indexOf("arguments") - 4;
  let end = bytes.indexOf(Buffer.alloc(64), from);
  while (bytes[end - 1] === 0) end--;
  return [from, end];
}

const targets: Target[] = [
  {
    name: "manifest",
    seeds: [manifestSeed],
    range: usedRootLog,
    read: readManifestOf,
    expected: TfsDamage,
    runs: 800,
  },
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

  it("any value may stand where a manifest has a text, a list or a set", async () => {
    const random = randomNumbers(20261127);
    const texts = ["", "/", "/app", "..", "/app/..", "\0", "\xff".repeat(300), "%0", "t", "9".repeat(30)];
    const odd = (depth: number): Value => {
      const kind = random(depth > 0 ? 6 : 4);
      if (kind === 0) return BigInt(random(2 ** 31)) << BigInt(random(32));
      if (kind === 1) return true;
      if (kind < 4) return texts[random(texts.length)] ?? "";
      const values = Array.from({ length: random(4) }, (_, n): [string, Value] => [`${n}`, odd(depth - 1)]);
      return kind === 4 ? values.map(([, value]) => value) : Tuple.of(values);
    };
    const good: [string, Value][] = [
      ["program", "/app"],
      ["arguments", ["app"]],
      ["environment", new Tuple()],
      ["mounts", Tuple.of([["data", "/bin"]])],
      ["cwd", "/bin"],
    ];
    let wrong = 0;

    for (let run = 0; run < 200; run++) {
      const manifest = Tuple.of(good.map(([key, value]): [string, Value] => [key, random(3) ? value : odd(3)]));
      const disk = diskWith(manifest);
      let passed = false;
      await readManifestOf(memorySource(disk), () => {
        passed = true;
      });
      expect(passed).toBe(true);
      const findings = await checkImage(memorySource(disk));
      if (findings.some(({ part }) => part === "manifest" || part === "program")) wrong++;
    }

    console.log(`manifest of odd values: of 200 inputs ${wrong} were found to be wrong`);
    expect(wrong).toBeGreaterThan(100);
    expect(wrong).toBeLessThan(200);
  });

  it("any 4096 bytes may stand where a crash log is", () => {
    const random = randomNumbers(1);
    let found = 0;
    for (let run = 0; run < 500; run++) {
      const bytes = Buffer.from(Array.from({ length: 32 + random(100) }, () => random(256)));
      if (random(4)) bytes.write("KLOG");
      const log = parseCrashLog(bytes);
      expect(log === undefined || log.text.length <= 4080).toBe(true);
      if (log) found++;
    }
    console.log(`crash log: of 500 inputs ${found} got past the header`);
    expect(found).toBeGreaterThan(250);
    expect(found).toBeLessThan(500);
  });
});
