import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BuildSpec } from "../../../shared/contract/images.ts";
import type { ProblemCode } from "../../../shared/problem.ts";
import { openPartition, withDisk } from "../formats/disk/disk.ts";
import { toText } from "../formats/tfs/value.ts";
import { contentsOf, findNode, walkTree } from "../formats/tfs/volume.ts";
import { buildImage } from "./build.ts";
import { listAll, testTask, testWorld, tiny, wishFor } from "./testing.ts";
import { contentOf, manifest, remains, treeOf, uuidsOf } from "./testing-built.ts";

const nothing = [[], [], []];
const phases = ["Inspecting the program", "Collecting files", "Writing the image", "Saving to disk"];

describe("an image", () => {
  it("is published beside those of OPS, with a record of how it was built, and nothing else", async () => {
    using world = testWorld();

    const built = await buildImage(wishFor(), world, testTask());

    expect(built.path).toBe(join(world.homes.images, "tiny"));
    expect(await remains(world)).toEqual([["tiny"], [], ["tiny.json"]]);
    expect(JSON.parse(readFileSync(join(world.homes.imageRecords, "tiny.json"), "utf8"))).toEqual(built.record);
  });

  it("takes hardly more room than what is in it", async () => {
    using world = testWorld();

    const { path, record } = await buildImage(wishFor({ sizeBytes: 1 << 30 }), world, testTask());

    const file = await stat(path);
    expect(file.size).toBeGreaterThanOrEqual(1 << 30);
    expect(file.size).toBeLessThan((1 << 30) + (1 << 19));
    expect(record.image.sizeBytes).toBe(file.size);
    expect(file.blocks * 512).toBeLessThan(256 * 1024);
  });

  it("says of every file of the host when it was changed, to the microsecond", async () => {
    using world = testWorld();
    const folder = join(world.folder, "data");
    mkdirSync(folder);
    for (const [name, seconds] of Object.entries({ named: 1_745_849_508, found: 1_700_000_000.25, ancient: -5 })) {
      writeFileSync(join(folder, name), name);
      utimesSync(join(folder, name), new Date(seconds * 1000), new Date(seconds * 1000));
    }

    const { path } = await buildImage(
      wishFor({
        folders: [{ host: folder, guest: "/data" }],
        files: [{ host: join(folder, "named"), guest: "/named" }],
      }),
      world,
      testTask(),
    );
    const times = await withDisk(path, async (disk) => {
      const files = [...walkTree(await openPartition(disk, disk.root))].filter(({ type }) => type === "file");
      return new Map(files.map((file) => [toText(file.path), file.node.get("mtime")]));
    });

    expect(times.get("/named")).toBe(1_745_849_508n << 32n);
    expect(times.get("/data/found")).toBe((1_700_000_000n << 32n) + (1n << 30n));
    expect([times.get("/data/ancient"), times.get("/etc/passwd")]).toEqual([undefined, undefined]);
  });

  it("holds the program, its arguments and environment, and what was added", async () => {
    using world = testWorld();
    const folder = join(world.folder, "data");
    mkdirSync(join(folder, "deep"), { recursive: true });
    writeFileSync(join(folder, "deep/a.txt"), "from the folder");
    writeFileSync(join(folder, "b.txt"), "replaced");
    symlinkSync("../outside", join(folder, "link"));
    symlinkSync(".", join(folder, "loop"));

    const { path } = await buildImage(
      wishFor({
        arguments: ["--port", "80"],
        environment: { GREETING: "grüß dich", USER: "bob" },
        ports: [80, 443],
        folders: [{ host: folder, guest: "/srv" }],
        files: [
          { host: join(folder, "deep/a.txt"), guest: "/srv/b.txt" },
          { host: join(folder, "b.txt"), guest: "/srv/sub/" },
        ],
      }),
      world,
      testTask(),
    );

    expect(await treeOf(path)).toEqual([
      "/etc",
      "/etc/passwd",
      "/etc/resolv.conf",
      "/proc",
      "/proc/sys",
      "/proc/sys/kernel",
      "/proc/sys/kernel/hostname",
      "/srv",
      "/srv/b.txt",
      "/srv/deep",
      "/srv/deep/a.txt",
      "/srv/link -> ../outside",
      "/srv/loop -> .",
      "/srv/sub",
      "/srv/sub/b.txt",
      "/tiny",
    ]);
    expect(await contentOf(path, "/srv/b.txt")).toBe("from the folder");
    expect(await manifest(path)).toEqual({
      program: "/tiny",
      arguments: ["tiny", "--port", "80"],
      environment: {
        GREETING: "grüß dich",
        USER: "bob",
        PWD: "/",
        OPS_VERSION: "unideck",
        NANOS_VERSION: "unknown",
        NANOS_ARCH: "amd64",
        IMAGE_NAME: "tiny",
        OPS_PORT: "80,443",
      },
    });
  });

  it("lets the user's own files stand, also behind a link", async () => {
    using world = testWorld();
    const folder = join(world.folder, "root");
    mkdirSync(join(folder, "private/etc"), { recursive: true });
    writeFileSync(join(folder, "private/etc/resolv.conf"), "nameserver 9.9.9.9\n");
    symlinkSync("private/etc", join(folder, "etc"));

    const { path } = await buildImage(wishFor({ folders: [{ host: folder, guest: "/" }] }), world, testTask());

    expect(await contentOf(path, "/private/etc/resolv.conf")).toBe("nameserver 9.9.9.9\n");
    expect(await contentOf(path, "/private/etc/passwd")).toMatch(/^root:/);
    expect(await treeOf(path)).toContain("/etc -> private/etc");
  });

  it("keeps names that are no UTF-8, and leaves out pipes and sockets with a note", async () => {
    using world = testWorld();
    const folder = join(world.folder, "odd");
    mkdirSync(folder);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x41])]), "bytes");
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const server = createServer().listen(join(folder, "socket"));
    const task = testTask();

    const { path } = await buildImage(wishFor({ folders: [{ host: folder, guest: "/odd" }] }), world, task);
    server.close();

    const names = await withDisk(path, async (disk) =>
      [...walkTree(await openPartition(disk, disk.root))].map(({ path }) => path),
    );
    expect(names.filter((name) => name.startsWith("/odd/"))).toEqual(["/odd/\xffA"]);
    expect(task.notes.sort()).toEqual([
      `Left out ${folder}/pipe: it is a pipe`,
      `Left out ${folder}/socket: it is a socket`,
    ]);
  });

  it("leaves out devices in a folder with a note", async () => {
    using world = testWorld();
    const task = testTask();

    // A folder of devices that every Linux has, and anybody may read.
    const { path } = await buildImage(wishFor({ folders: [{ host: "/dev/pts", guest: "/pts" }] }), world, task);

    expect(task.notes).toContain("Left out /dev/pts/ptmx: it is a device");
    expect((await treeOf(path)).filter((name) => name.startsWith("/pts"))).toEqual(["/pts"]);
  });

  it("reports its progress in bytes, up to the last one", async () => {
    using world = testWorld();
    const large = join(world.folder, "large");
    writeFileSync(large, Buffer.alloc(9 << 20, "large"));
    const task = testTask();

    const { path } = await buildImage(wishFor({ files: [{ host: large, guest: "/large" }] }), world, task);

    const [, , writing] = task.phases;
    expect(task.phases.map(({ name }) => name)).toEqual(phases);
    expect(writing?.done).toBeGreaterThan(9 << 20);
    expect(writing?.done).toBe(writing?.total);
    const copied = await withDisk(path, async (disk) => {
      const root = await openPartition(disk, disk.root);
      const node = findNode(root, "/large");
      return node && (await contentsOf(root, node).read(0, 10 << 20));
    });
    expect(copied?.equals(await readFile(large))).toBe(true);
  });

  it("of a dynamic program has its loader and libraries where the loader will look", async () => {
    using world = testWorld();
    const program = join(world.folder, "dynamic");
    const source = join(world.folder, "main.c");
    writeFileSync(source, "int main(void) { return 0; }");
    execFileSync("gcc", ["-o", program, source]);

    const { path } = await buildImage(wishFor({ program }), world, testTask());

    const inside = await treeOf(path);
    const listed = execFileSync("ldd", [program], { encoding: "utf8" });
    const expected = [...listed.matchAll(/(\/\S+) \(/g)].map(([, file]) => file);
    expect(expected.length).toBeGreaterThan(1);
    expect(inside).toEqual(expect.arrayContaining(expected));
  });

  it("is the same to the byte for the same input, if that is asked for, and another for another", async () => {
    using world = testWorld();
    const folder = join(world.folder, "data");
    for (const copy of ["one", "two"]) {
      mkdirSync(join(folder, copy), { recursive: true });
      // Made in another order, and at another time.
      for (const name of copy === "one" ? ["a", "b", "c"] : ["c", "a", "b"])
        writeFileSync(join(folder, copy, name), name);
      utimesSync(join(folder, copy, "a"), 1_700_000_000, copy === "one" ? 1_700_000_000 : 1_800_000_000);
    }
    const build = async (copy: string, more: Partial<BuildSpec> = {}) => {
      const spec = wishFor({ folders: [{ host: join(folder, copy), guest: "/data" }], reproducible: true, ...more });
      const out = join(world.folder, "out.img");
      const { record } = await buildImage({ ...spec, out }, world, testTask());
      const uuids = await uuidsOf(out);
      expect(uuids.root).toBe(record.image.uuid);
      return { uuids, bytes: await readFile(out) };
    };
    const first = await build("one");

    const again = await build("two");
    const random = await build("one", { reproducible: false });
    writeFileSync(join(folder, "two/b"), "B");
    const other = await build("two");

    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(random.bytes.equals(first.bytes)).toBe(false);
    expect(other.uuids.boot).toBe(first.uuids.boot);
    expect(other.uuids.root).not.toBe(first.uuids.root);
  });

  it("goes to the file that was named, and nowhere else", async () => {
    using world = testWorld();
    const out = join(world.folder, "here.img");

    const built = await buildImage(wishFor({ out }), world, testTask());

    expect(built.path).toBe(out);
    expect(await contentOf(out, "/proc/sys/kernel/hostname")).toBe("uniboot");
    expect(await remains(world)).toEqual(nothing);
  });
});

const badSpec: [what: string, spec: (folder: string) => Partial<BuildSpec>, code: ProblemCode][] = [
  ["a name with a slash", () => ({ name: "a/b" }), "image.name"],
  ["a name with ..", () => ({ name: ".." }), "image.name"],
  ["a name with a space", () => ({ name: "a b" }), "image.name"],
  ["a name of 300 characters", () => ({ name: "n".repeat(300) }), "image.name"],
  ["a program that is not there", (folder) => ({ program: join(folder, "none") }), "file.not-found"],
  ["a program with a NUL in its path", () => ({ program: "/tmp/a\0b" }), "file.not-found"],
  ["a folder as the program", (folder) => ({ program: folder }), "file.is-directory"],
  ["a file that is not there", () => ({ files: [{ host: "/none", guest: "/x" }] }), "file.not-found"],
  ["a folder as a file", (folder) => ({ files: [{ host: folder, guest: "/x" }] }), "file.is-directory"],
  ["a file as a folder", () => ({ folders: [{ host: tiny, guest: "/x" }] }), "file.unsupported"],
  ["a device as a file", () => ({ files: [{ host: "/dev/null", guest: "/x" }] }), "file.unsupported"],
  ["a place outside of the image", () => ({ files: [{ host: tiny, guest: "/../x" }] }), "args.invalid"],
  ["a relative file", () => ({ files: [{ host: "tiny", guest: "/x" }] }), "args.invalid"],
  [
    "a place below a file",
    () => ({
      files: [
        { host: tiny, guest: "/tiny/x" },
        { host: tiny, guest: "/tiny" },
      ],
    }),
    "args.invalid",
  ],
  [
    "a name of 256 bytes in the image",
    () => ({ files: [{ host: tiny, guest: `/${"n".repeat(256)}` }] }),
    "args.invalid",
  ],
  ["a kernel that is not there", () => ({ kernel: "9.9.9" }), "kernel.not-found"],
  ["a folder without a kernel", (folder) => ({ kernel: folder }), "kernel.not-found"],
  ["the program itself as the output", () => ({ out: tiny }), "file.exists"],
  [
    "a named pipe as the output",
    (folder) => {
      execFileSync("mkfifo", [join(folder, "pipe")]);
      return { out: join(folder, "pipe") };
    },
    "file.unsupported",
  ],
  ["a folder as the output", (folder) => ({ out: folder }), "file.is-directory"],
  ["an output below a file", () => ({ out: join(tiny, "x") }), "disk.write-failed"],
];

describe("a build that fails", () => {
  it.each(badSpec)("for %s says so and leaves nothing behind", async (_, spec, code) => {
    using world = testWorld();

    await expect(buildImage({ ...wishFor(), ...spec(world.folder) }, world, testTask())).rejects.toMatchObject({
      code,
    });
    expect(await remains(world)).toEqual(nothing);
  });

  it("because a file was replaced while it was copied leaves the old image whole", async () => {
    using world = testWorld();
    const file = join(world.folder, "data");
    const spec = wishFor({ files: [{ host: file, guest: "/data" }] });
    writeFileSync(file, "first");
    const { path } = await buildImage(spec, world, testTask());
    const before = await readFile(path);
    const changes: [string, () => void][] = [
      ["longer", () => writeFileSync(file, "first and more")],
      ["shorter", () => writeFileSync(file, "f")],
      ["gone", () => unlinkSync(file)],
    ];

    for (const [what, change] of changes) {
      writeFileSync(file, "first");
      const task = testTask((name) => name === "Writing the image" && change());
      await expect(buildImage(spec, world, task), what).rejects.toMatchObject({ code: "file.changed" });
    }

    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await remains(world)).toEqual([["tiny"], [], ["tiny.json"]]);
  });

  it.each(phases)("by a cancel in the phase “%s” leaves nothing behind", async (phase) => {
    using world = testWorld();
    const reason = new Error("cancelled");
    const task = testTask((name, { abort }) => name === phase && abort.abort(reason));

    const attempt = buildImage(wishFor({ folders: [{ host: join(tiny, ".."), guest: "/in" }] }), world, task);

    // Past the last check the image is published: there is nothing left to cancel.
    if (phase === "Saving to disk") await attempt;
    else {
      await expect(attempt).rejects.toBe(reason);
      expect(await remains(world)).toEqual(nothing);
    }
  });

  it("for lack of libraries names each, and where it was looked for", async () => {
    using world = testWorld();
    const program = join(world.folder, "needy");
    const library = join(world.folder, "libneeded.so");
    const compile = (text: string, ...options: string[]) => {
      const source = join(world.folder, "source.c");
      writeFileSync(source, text);
      execFileSync("gcc", [source, ...options]);
    };
    compile("int needed(void) { return 3; }", "-shared", "-o", library);
    compile("int needed(void); int main(void) { return needed(); }", "-o", program, library);
    unlinkSync(library);

    const attempt = buildImage(wishFor({ program }), world, testTask());

    await expect(attempt).rejects.toMatchObject({
      code: "elf.missing-libraries",
      details: expect.stringContaining(library),
    });
    expect(await remains(world)).toEqual(nothing);
  });

  it("for an image folder that can't be written says so", async () => {
    using world = testWorld();
    mkdirSync(world.homes.ops, { recursive: true });
    writeFileSync(world.homes.images, "not a folder");

    await expect(buildImage(wishFor(), world, testTask())).rejects.toMatchObject({ code: "disk.write-failed" });
    expect(await listAll(world.homes.opsStaging)).toEqual([]);
  });
});

describe("the modules of a kernel release", () => {
  it("go into the boot file system when they are asked for, and the kernel is told to load them", async () => {
    using world = testWorld();

    const { path } = await buildImage(wishFor({ klibs: ["ntp"] }), world, testTask());

    const modules = await withDisk(path, async (disk) => [...walkTree(await openPartition(disk, disk.boot))]);
    expect(modules.map((entry) => entry.path)).toContain("/klib/ntp");
    expect(await manifest(path)).toMatchObject({ klibs: "bootfs" });
  });

  it("must be in the release", async () => {
    using world = testWorld();

    const building = buildImage(wishFor({ klibs: ["tls"] }), world, testTask());

    await expect(building).rejects.toMatchObject({ code: "kernel.not-found", hint: "It has ntp." });
    expect(await remains(world)).toEqual(nothing);
  });
});
