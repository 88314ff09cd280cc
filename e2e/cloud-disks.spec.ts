/** Disks as clouds have them, virtio-scsi and NVMe: an image boots from each, keeps what is written, and survives their faults. */

import { readFile, stat, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { treeOf, volumeOf } from "../electron/engine/formats/disk/make-image.testing.ts";
import { buildFile } from "./support/bare-boot.ts";
import { bootFromCloudDisk, cloudMachines } from "./support/cloud-disks.ts";
import { freePort } from "./support/free-port.ts";
import { program } from "./support/programs.ts";
import { pattern } from "./support/served.ts";
import { World } from "./support/world.ts";

const SECTOR = 512;
/** As kernel/tests/guest/kept.c writes them. */
const PIECE = 65_536;

/** The first bytes of a piece of a file that kept.c has written. */
function beginningOf(file: number, piece: number): Buffer {
  const bytes = Buffer.alloc(32);
  let x = 1 + file * 1000 + piece;
  for (let at = 0; at < bytes.length; at += 4) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(x, at);
  }
  return bytes;
}

/** The answer of a server that is still starting. */
async function answerOf(url: string): Promise<Response> {
  for (const deadline = Date.now() + 60_000; ; ) {
    try {
      return await fetch(url);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

for (const [name, machine] of Object.entries(cloudMachines)) {
  test(`an image boots, and what it has synced is there at the next boot: ${name}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("kept.c"), ["--size", "64M"]);

    const written = await bootFromCloudDisk(machine, [{ file }]);
    const again = await bootFromCloudDisk(machine, [{ file }]);

    expect(written).toContain("written, 0 failures");
    expect(again).toContain("read again, 0 failures");
  });

  test(`a data volume is found by its label on another disk: ${name}`, async () => {
    await using world = await World.create();
    await writeFile(world.path("config.json"), JSON.stringify({ ManifestPassthrough: { mounts: { db: "/data" } } }));
    const root = await buildFile(world, program("kept.c"), ["-c", world.path("config.json"), "--arg", "/data"]);
    const empty = { file: world.path("empty.raw") };
    const volume = { file: world.path("db.raw") };
    await writeFile(empty.file, Buffer.alloc(1 << 20));
    await writeFile(volume.file, volumeOf(treeOf({}), undefined, { label: "db", spareBytes: 32 << 20 }));

    const written = await bootFromCloudDisk(machine, [{ file: root }, empty, volume]);
    const again = await bootFromCloudDisk(machine, [{ file: root }, volume, empty]);

    expect(written).toContain("written, 0 failures");
    expect(again).toContain("read again, 0 failures");
  });
}

for (const name of ["virtio-blk", "virtio-scsi", "NVMe"] as const)
  test(`space that is free again is given back to the host when a program asks for that: ${name}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("trim.c"), ["--size", "64M"]);

    const said = await bootFromCloudDisk(cloudMachines[name], [{ file }]);

    expect(said.trimEnd().split(/\r?\n/).slice(1)).toEqual([
      "sync: 0",
      "too little: Invalid argument",
      "from nowhere: Bad address",
      "behind the end: Invalid argument",
      "where files are in memory: Inappropriate ioctl for device",
      "all: 0",
      "given back: all",
      "again: 0",
      "yes",
    ]);
    expect((await stat(file)).blocks * SECTOR).toBeLessThan(8 << 20);
  });

for (const name of ["virtio-scsi", "NVMe"] as const) {
  const machine = cloudMachines[name];

  test(`a sector that can't be read is an error to who reads it, and nobody else: ${name}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("kept.c"), ["--size", "64M"]);
    await bootFromCloudDisk(machine, [{ file }]);
    const sector = ((await readFile(file)).indexOf(beginningOf(2, 5)) + PIECE / 2) / SECTOR;

    const said = await bootFromCloudDisk(machine, [{ file, errors: { event: "read_aio", errno: 5, sector } }]);

    expect(said).toContain("read: Input/output error");
    expect(said).toMatch(/read again, [1-4] failures/);
    expect(said).not.toContain("not there");
  });

  test(`an error that passes is not seen by the program: ${name}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("kept.c"), ["--size", "64M"]);
    await bootFromCloudDisk(machine, [{ file }]);
    const sector = ((await readFile(file)).indexOf(beginningOf(1, 9)) + PIECE / 2) / SECTOR;

    const said = await bootFromCloudDisk(machine, [
      { file, errors: { event: "read_aio", errno: 5, sector, once: true } },
    ]);

    expect(said).toContain("read again, 0 failures");
  });

  test(`a disk that takes no writes lets fsync fail: ${name}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("kept.c"), ["--size", "64M"]);

    const said = await bootFromCloudDisk(machine, [{ file, errors: { event: "none", errno: 5, iotype: "write" } }]);

    expect(said).toContain("fsync: Input/output error");
    expect(said).toMatch(/written, [1-9]\d* failures/);
  });

  test(`a cache that can't be written back lets fsync fail: ${name}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("kept.c"), ["--size", "64M"]);

    const said = await bootFromCloudDisk(machine, [{ file, errors: { event: "none", errno: 5, iotype: "flush" } }]);

    expect(said).toContain("fsync: Input/output error");
  });
}

for (const [how, options] of Object.entries({
  "as QEMU has it": "",
  "without merged buffers, so with a shorter header": ",mrg_rxbuf=off",
  "that wants the header in a piece of its own": ",mrg_rxbuf=off,any_layout=off",
}))
  test(`a network card with the interface from before VIRTIO 1.0 serves: ${how}`, async () => {
    await using world = await World.create();
    const file = await buildFile(world, program("server.c"), ["--arg", "8080"]);
    const port = await freePort();
    const body = Buffer.alloc(300_000, "what is added up");
    const machine = cloudMachines["virtio-scsi with the interface from before VIRTIO 1.0, as Google Cloud has it"];

    const ended = bootFromCloudDisk(
      machine,
      [{ file }],
      [
        ...["-netdev", `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:8080`],
        ...["-device", `virtio-net-pci,netdev=net,disable-modern=on,disable-legacy=off${options}`],
      ],
    );
    const at = `http://127.0.0.1:${port}`;
    const bytes = new Uint8Array(await (await answerOf(`${at}/bytes/200000`)).arrayBuffer());
    const sum = await (await fetch(`${at}/sum`, { method: "POST", body })).text();
    await fetch(`${at}/quit`);

    expect(Buffer.compare(bytes, pattern(200_000))).toBe(0);
    expect(sum.trim()).toBe(`${body.reduce((all, byte) => all + byte, 0)}`);
    expect(await ended).toContain("serving");
  });
