/** Images in other formats: checked by qemu-img and GNU tar, and booted by QEMU from each. */

import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { root, World } from "./support/world.ts";

let world: World;
let raw: string;
test.beforeAll(async () => {
  world = await World.create();
  await world.unideck(["build", program("hello.c"), "--name", "hello"]);
  raw = world.path("hello.img");
  await world.unideck(["images", "export", "hello", "--out", raw]);
});
test.afterAll(() => world[Symbol.asyncDispose]());

const run = (name: string, ...words: string[]) => execFileSync(name, words, { encoding: "utf8", cwd: world.folder });
const exportTo = async (name: string, ...more: string[]) => {
  const { code, stderr } = await world.unideck(["images", "export", "hello", "--out", name, ...more]);
  expect(stderr.replace(/^note:.*$/gm, ""), name).not.toContain("error");
  expect(code).toBe(0);
  return world.path(name);
};
/** What QEMU's serial port says when it boots from this disk. */
const booted = (path: string, format: string) =>
  run(
    "timeout",
    ...["60", "qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-m", "128M", "-display", "none", "-no-reboot"],
    ...["-nodefaults", "-serial", "stdio", "-drive", `if=virtio,format=${format},snapshot=on,file=${path}`],
    ...["-device", "isa-debug-exit,iobase=0x501,iosize=0x04"],
    ...["-device", "virtio-serial-pci"],
  );
/** QEMU ends with the guest's code and a bit. */
const bootedAnyhow = (path: string, format: string): string => {
  try {
    return booted(path, format);
  } catch (error) {
    return String(Reflect.get(Object(error), "stdout"));
  }
};
const digestOf = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

test("the raw export is the image, with its holes", async () => {
  const [image] = Object(await world.unideckJson(["images", "ls"]));

  expect(await digestOf(raw)).toBe(await digestOf(image.path));
  expect((await stat(raw)).blocks * 512).toBeLessThan((await stat(raw)).size / 2);
});

for (const [name, format] of [
  ["hello.qcow2", "qcow2"],
  ["hello.vmdk", "vmdk"],
  ["hello.vhdx", "vhdx"],
] as const)
  test(`${format}: the disk in it is the image, and boots`, async () => {
    const path = await exportTo(name);

    if (format !== "vmdk") expect(run("qemu-img", "check", "-f", format, path)).toMatch(/No errors were found/);
    expect(run("qemu-img", "compare", "-f", format, "-F", "raw", path, raw)).toContain("Images are identical");
    expect(JSON.parse(run("qemu-img", "info", "--output=json", path))).toMatchObject({ format });
    expect(bootedAnyhow(path, format)).toContain("hello, world");
  });

test("qcow2: the same image gives the same bytes", async () => {
  const [one, other] = [await exportTo("one.qcow2"), await exportTo("other.qcow2")];

  expect(await digestOf(one)).toBe(await digestOf(other));
});

test("vhd: a footer that QEMU knows, whole MiB before it", async () => {
  const path = await exportTo("hello.vhd");
  const { size } = await stat(path);

  expect((size - 512) % (1 << 20)).toBe(0);
  expect(JSON.parse(run("qemu-img", "info", "--output=json", "-f", "vpc", path))).toMatchObject({
    ...{ format: "vpc", "virtual-size": size - 512 },
  });
  await writeFile(world.path("inside.img"), (await readFile(path)).subarray(0, size - 512));
  await truncate(world.path("inside.img"), (await stat(raw)).size);
  expect(await digestOf(world.path("inside.img"))).toBe(await digestOf(raw));
});

test("gce: GNU tar finds one sparse disk of whole GiB, which boots", async () => {
  const path = await exportTo("hello.tar.gz");
  await mkdir(world.path("unpacked"));
  run("tar", "-xSzf", path, "-C", world.path("unpacked"));

  expect(await readdir(world.path("unpacked"))).toEqual(["disk.raw"]);
  const disk = world.path("unpacked/disk.raw");
  expect((await stat(disk)).size % 2 ** 30).toBe(0);
  expect((await stat(path)).size).toBeLessThan(8 << 20);
  expect(bootedAnyhow(disk, "raw")).toContain("hello, world");
  await truncate(disk, (await stat(raw)).size);
  expect(await digestOf(disk)).toBe(await digestOf(raw));
});

test("a full disk ends an export with that as the reason, and leaves nothing of it", async () => {
  await writeFile(world.path("large"), randomBytes(12 << 20));
  await world.unideck(["build", program("hello.c"), "--name", "large", "--file", `${world.path("large")}:/large`]);
  const small = world.path("small");
  await mkdir(small);
  // A small disk, in a namespace of its own.
  const script = `mount -t tmpfs -o size=4m none '${small}' && for end in img qcow2 vhd tar.gz vmdk; do
    "$0" images export large --out '${small}'/x.$end; echo "code $?"; ls -A '${small}'; done`;

  const { stdout, stderr } = await world.runFile("unshare", ["-Urm", "sh", "-c", script, `${root}/bin/unideck`]);

  expect(stdout).toBe("code 1\n".repeat(5));
  expect(stderr.match(/error: The disk is full/g)).toHaveLength(5);
});

test("a file that is there is not replaced unasked, and a failed export leaves nothing", async () => {
  await writeFile(world.path("taken.qcow2"), "mine");

  const taken = await world.unideck(["images", "export", "hello", "--out", "taken.qcow2"]);
  const missing = await world.unideck(["images", "export", "nobody", "--out", "nobody.qcow2"]);
  const nowhere = await world.unideck(["images", "export", "hello", "--out", "taken.qcow2/x.vmdk"]);

  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining("There is already a file") });
  expect(await readFile(world.path("taken.qcow2"), "utf8")).toBe("mine");
  expect(missing.stderr).toContain("nobody");
  expect(nowhere.code).toBe(1);
  expect((await readdir(world.folder)).filter((name) => /nobody|unideck-export|\.tmp/.test(name))).toEqual([]);
  await exportTo("taken.qcow2", "--force");
  expect(run("qemu-img", "check", world.path("taken.qcow2"))).toMatch(/No errors/);
});
