import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { extractKernel } from "../../images/extract-kernel.ts";
import { fixtures, release, temporaryFolder } from "../../images/testing.ts";
import { memorySource } from "../byte-source.ts";
import { entriesOf } from "../tfs/volume.ts";
import { parseCrashLog, readCrashLog } from "./crash-log.ts";
import { openPartition, readDisk, withDisk } from "./disk.ts";
import {
  bootLoaderDamage,
  CRASH_LOG_BYTES,
  PartitionType,
  parsePartitionTable,
  writePartitionTable,
} from "./partition-table.ts";

const opsImage = gunzipSync(readFileSync(join(fixtures, "ops/configured.img.gz")));
const volume = gunzipSync(readFileSync(join(fixtures, "tfs/one-file.img.gz")));
const MIB = 1 << 20;

/** A disk whose table holds these partitions, with a TFS in the first and in the last. */
function diskOf(...partitions: { type: number; offsetBytes: number; sizeBytes: number }[]): Buffer {
  const bytes = Buffer.alloc(Math.max(...partitions.map(({ offsetBytes, sizeBytes }) => offsetBytes + sizeBytes)));
  for (const { type, offsetBytes } of partitions) if (type === PartitionType.linux) bytes.set(volume, offsetBytes);
  writePartitionTable(bytes.subarray(0, 512), partitions);
  return bytes;
}

const linux = (offsetBytes: number, sizeBytes: number) => ({ type: PartitionType.linux, offsetBytes, sizeBytes });

describe("a disk", () => {
  it("of OPS has its boot and root file systems, and its crash log before them", async () => {
    const disk = await readDisk(memorySource(opsImage));

    expect(disk.layout).toBe("bios");
    expect(disk.crashLogOffset).toBe(2048);
    expect([...entriesOf((await openPartition(disk, disk.boot)).root)].map(([name]) => name).sort()).toEqual([
      "kernel",
      "klib",
    ]);
    expect((await openPartition(disk, disk.root)).uuid).toBe("8092e975-e6ce-6f22-f745-8d4872957f9b");
  });

  it("for UEFI has an EFI partition first", async () => {
    const efi = { type: PartitionType.efi, offsetBytes: 8192, sizeBytes: MIB };
    const bytes = diskOf(efi, linux(8192 + MIB, 3 * MIB), linux(8192 + 4 * MIB, 3 * MIB));

    const disk = await readDisk(memorySource(bytes));

    expect(disk).toMatchObject({ layout: "uefi", efi, crashLogOffset: 4096 });
    expect((await openPartition(disk, disk.root)).uuid).toBe("208c90bc-02db-714a-7e6b-d4ffff5faee0");
  });

  it("without a boot loader begins with a sector of its own", async () => {
    const disk = await readDisk(memorySource(diskOf(linux(4608, 3 * MIB), linux(4608 + 3 * MIB, 3 * MIB))));

    expect(disk.crashLogOffset).toBe(512);
  });

  it("that was made longer has a larger root", async () => {
    const disk = await readDisk(memorySource(Buffer.concat([opsImage, Buffer.alloc(MIB)])));

    expect(disk.root.offsetBytes + disk.root.sizeBytes).toBe(opsImage.length + MIB);
  });

  it.each([
    ["no signature", Buffer.alloc(MIB), /no partition table/],
    ["nothing in it", Buffer.alloc(0), /no partition table/],
    ["one partition", diskOf(linux(8192, MIB * 3)), /no boot and root/],
    ["partitions that overlap", diskOf(linux(8192, 3 * MIB), linux(MIB, 3 * MIB)), /overlap/],
    ["no room for a crash log", diskOf(linux(512, 3 * MIB), linux(4 * MIB, 3 * MIB)), /no room/],
    [
      "an end before its root",
      diskOf(linux(8192, 3 * MIB), linux(4 * MIB, 3 * MIB)).subarray(0, 4 * MIB),
      /beyond the end/,
    ],
  ])("with %s is damaged", async (_, bytes, message) => {
    await expect(readDisk(memorySource(bytes))).rejects.toThrow(message);
  });

  it("that is not there, or no disk, is a problem with its path", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "image");

    await expect(withDisk(path, async () => 1)).rejects.toMatchObject({ code: "image.not-found" });
    writeFileSync(path, "not a disk");
    await expect(withDisk(path, async () => 1)).rejects.toMatchObject({
      code: "image.damaged",
      message: expect.stringContaining(path),
    });
  });
});

describe("a partition table", () => {
  it("is read as it was written, also beyond what its cylinders can say", () => {
    const sector = Buffer.alloc(512, 0x11);
    const partitions = [linux(6144, 12 * MIB), linux(6144 + 12 * MIB, 20 * 1024 ** 3)];

    writePartitionTable(sector, partitions);

    expect(parsePartitionTable(sector)).toEqual([...partitions, undefined, undefined]);
    expect(sector.subarray(0, 0x1be).every((byte) => byte === 0x11)).toBe(true);
    // 1023/254/63, the end of all cylinders.
    expect(sector.toString("hex", 0x1be + 16 + 5, 0x1be + 16 + 8)).toBe("feffff");
  });

  it("of a disk beyond 2 TiB ends where its numbers end", () => {
    const sector = Buffer.alloc(512);

    writePartitionTable(sector, [linux(512, 3 * 1024 ** 4)]);

    expect(parsePartitionTable(sector)?.[0]?.sizeBytes).toBe((0xffffffff - 1) * 512);
  });
});

describe("a boot loader", () => {
  const loader = readFileSync(join(release, "boot.img"));
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(loader);
    change(bytes);
    return bytes;
  };

  it("with the right region record is one", () => {
    expect(bootLoaderDamage(loader, loader.length)).toBeUndefined();
  });

  it.each([
    ["another type", changed((bytes) => bytes.writeUInt32LE(11, 0x1aa + 16)), /type 11/],
    ["another length", changed((bytes) => bytes.writeUInt32LE(512, 0x1aa + 8)), /512 bytes/],
    ["a length of 2^64", changed((bytes) => bytes.fill(0xff, 0x1aa + 8, 0x1aa + 16)), /18446744073709551615/],
    ["no signature", changed((bytes) => bytes.writeUInt16LE(0, 0x1fe)), /55 AA/],
    ["less than a sector", loader.subarray(0, 500), /shorter/],
  ])("with %s is damaged", (_, bytes, message) => {
    expect(bootLoaderDamage(bytes, bytes.length)).toMatch(message);
  });
});

describe("a crash log", () => {
  const log = (text: string, code = -11) => {
    const bytes = Buffer.alloc(CRASH_LOG_BYTES);
    bytes.write("KLOG");
    bytes.writeInt32LE(code, 12);
    bytes.write(text, 16);
    return bytes;
  };

  it("has a code, and a text up to its NUL or its end", () => {
    expect(parseCrashLog(log("the end\n"))).toEqual({ code: -11, text: "the end\n" });
    expect(parseCrashLog(log("x".repeat(5000), 137))).toEqual({ code: 137, text: "x".repeat(4080) });
  });

  it("with any other header is none", () => {
    expect(parseCrashLog(Buffer.alloc(CRASH_LOG_BYTES))).toBeUndefined();
    expect(parseCrashLog(Buffer.from("KLOG"))).toBeUndefined();
  });

  it("is read from before the first partition of a disk", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "disk.raw");
    const bytes = Buffer.from(opsImage);
    writeFileSync(path, bytes);
    expect(await readCrashLog(path)).toBeUndefined();

    bytes.set(log('{"code":3}', 3), 2048);
    writeFileSync(path, bytes);

    expect(await readCrashLog(path)).toEqual({ code: 3, text: '{"code":3}' });
  });
});

describe("the kernel in an image", () => {
  it("is taken out once for each digest", async () => {
    using folder = temporaryFolder();
    const [image, cache] = [join(folder.path, "image"), join(folder.path, "cache")];
    writeFileSync(image, opsImage);

    const first = await extractKernel(image, cache);
    const second = await extractKernel(image, cache);

    expect(first).toEqual(second);
    expect(first.kind).toBe("unknown");
    expect(readFileSync(first.path).equals(readFileSync(join(release, "kernel.img")))).toBe(true);
  });

  it("replaces what a broken write has left in the cache", async () => {
    using folder = temporaryFolder();
    const image = join(folder.path, "image");
    writeFileSync(image, opsImage);
    const { path } = await extractKernel(image, folder.path);
    writeFileSync(path, "half");

    await extractKernel(image, folder.path);

    expect(readFileSync(path).equals(readFileSync(join(release, "kernel.img")))).toBe(true);
  });

  it("that is missing makes the image a damaged one", async () => {
    using folder = temporaryFolder();
    const image = join(folder.path, "image");
    writeFileSync(image, diskOf(linux(8192, 3 * MIB), linux(8192 + 3 * MIB, 3 * MIB)));

    await expect(extractKernel(image, folder.path)).rejects.toMatchObject({ code: "image.damaged" });
  });
});
