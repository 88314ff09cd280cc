/** Data volumes: disks with a file system of their own, mounted where the manifest says, by label, UUID or number. */

import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { memorySource } from "../electron/engine/formats/byte-source.ts";
import { treeOf, volumeOf } from "../electron/engine/formats/disk/make-image.testing.ts";
import { findDamage } from "../electron/engine/formats/tfs/check.ts";
import { toPlain } from "../electron/engine/formats/tfs/value.ts";
import { contentsOf, findNode, openVolume } from "../electron/engine/formats/tfs/volume.ts";
import { runBareMachine } from "./support/bare-machine.ts";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

const uuid = Buffer.from("00112233445566778899aabbccddeeff", "hex");

const attributes = [
  "none yet: 0",
  "set one: 0",
  "set another: 0",
  "set what is there: File exists",
  "replace what is not there: No data available",
  "replace it: 0",
  "its length: 5",
  "too little room: Numerical result out of range",
  "get it: 5",
  "green",
  "get the empty one: 0",
  "names: 26",
  "user.color security.empty",
  "names without room: Numerical result out of range",
  "without a namespace: Operation not supported",
  "an access list: Operation not supported",
  "without a name: Invalid argument",
  "too large: Argument list too long",
  "remove the empty one: 0",
  "remove it again: No data available",
  "through a link: 5",
  "of the folder: 0",
];

test("volumes are mounted by label and UUID, are written to or only read, and one that is not there is named", async () => {
  await using world = await World.create();
  const mounts = {
    db: "/data",
    "00112233-4455-6677-8899-AABBCCDDEEFF": "/deep/in/read:ro",
    "%7": "/absent",
  };
  await writeFile(world.path("config.json"), JSON.stringify({ ManifestPassthrough: { mounts } }));
  await writeFile(world.path("note"), "from the image\n");
  const folders = ["/absent/x", "/deep/in/x", "/tmp/of-the-image"].flatMap((to) => [
    "--file",
    `${world.path("note")}:${to}`,
  ]);
  const image = world.path("volumes.img");
  await world.unideckJson(["build", program("volumes.c"), "-c", world.path("config.json"), "--out", image, ...folders]);
  const files = { "/greeting": "hello from a volume\n", "/only": "to be read\n" };
  const disks = [image, world.path("read.raw"), world.path("db.raw")];
  await writeFile(world.path("read.raw"), volumeOf(treeOf(files), undefined, { uuid }));
  await writeFile(world.path("db.raw"), volumeOf(treeOf(files), undefined, { label: "db", spareBytes: 1 << 20 }));

  const said = await runBareMachine(
    disks.flatMap((path, i) => [
      ...["-drive", `if=none,id=disk${i},format=raw,file=${path}`, "-device", `virtio-blk-device,drive=disk${i}`],
    ]),
  );

  expect(said.replaceAll("\r", "").split("\n")).toEqual([
    "pith: the volume %7 is not mounted at /absent: no disk holds it",
    "/data/greeting: hello from a volume",
    "a file in a folder that is not there: No such file or directory",
    "a folder: 0",
    "write: 13",
    "fsync: 0",
    ...attributes,
    ...attributes,
    "a file system of its own: 1",
    "move between them: Invalid cross-device link",
    "a name in both: Invalid cross-device link",
    "the root's space is not its space: 1",
    "/deep/in/read/only: to be read",
    "write what is only read: Read-only file system",
    "name what is only read: Read-only file system",
    "make what is only read: Read-only file system",
    "what is missing is a folder of the root: 0",
    "/tmp/of-the-image: from the image",
    "/dev/root / tfs rw 0 0",
    "db /data tfs rw 0 0",
    "tfs /deep/in/read tfs ro 0 0",
    "",
  ]);
  const volume = await openVolume(memorySource(await readFile(world.path("db.raw"))));
  expect(findDamage(volume)).toEqual([]);
  const made = findNode(volume, "/made/here");
  expect(made && (await contentsOf(volume, made).read(0, 100)).toString()).toBe("by the guest\n");
  expect(made && toPlain(made.get("xattrs") ?? "")).toEqual({ "user.color": "green" });
});
