import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KernelCatalogue, type KernelRelease } from "../../../shared/contract/kernels.ts";
import type { Task } from "../../../shared/contract/tasks.ts";
import type { ServedFile } from "../downloads/file-server.testing.ts";
import { listAll } from "../images/testing.ts";
import {
  armKernel,
  pathOf,
  releaseArchive,
  releaseSite,
  type StoreWorld,
  storeWorld,
} from "./release-world.testing.ts";

const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function endOf({ tasks }: StoreWorld, { id }: Task): Promise<Task> {
  let last: Task | undefined;
  for await (const task of tasks.follow(id)) last = task;
  if (!last) throw new Error("no task");
  return last;
}

const idsOf = (releases: readonly KernelRelease[]) => releases.map(({ id }) => id);

/** What a failure may leave nowhere: a release, half a release, work in progress, half a download. */
async function remains({ homes, kernels }: StoreWorld): Promise<unknown[]> {
  return [idsOf(await kernels.list()), await listAll(homes.opsStaging), await listAll(homes.downloads)];
}
const nothing = [["pith"], [], []];

describe("a download of a release", () => {
  it("installs it where OPS keeps its own, with what it came from, and tells everyone", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const told: string[][] = [];
    world.events.listen(({ kernels }) => kernels && told.push(idsOf(kernels)));

    const task = await endOf(world, await world.store.download("0.1.54"));

    const sha256 = sha256Of(site.files.get(pathOf("0.1.54"))?.bytes ?? Buffer.alloc(0));
    expect(task).toMatchObject({
      kind: "download",
      state: "done",
      subject: "kernel:0.1.54",
      result: { kernel: "0.1.54" },
    });
    expect(task.output).toContain(`SHA-256 ${sha256}`);
    expect(await world.kernels.resolve("0.1.54")).toMatchObject({
      ...{ id: "0.1.54", kind: "nanos", klibs: ["ntp", "tls"], sha256 },
      ...{
        path: join(world.homes.ops, "0.1.54"),
        from: `${site.address}release/0.1.54/nanos-release-linux-0.1.54.tar.gz`,
      },
    });
    expect(told).toEqual([["pith", "0.1.54"]]);
    expect(readFileSync(join(world.homes.ops, "latest.txt"), "utf8")).toBe("0.1.54");
    expect((await remains(world)).slice(1)).toEqual([[], []]);
  });

  it("of the latest asks which that is; an older one does not count as the newest here", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);

    await endOf(world, await world.store.download("latest"));
    await endOf(world, await world.store.download("0.1.9"));

    expect(idsOf(await world.kernels.list())).toEqual(["pith", "0.1.54", "0.1.9"]);
    expect(readFileSync(join(world.homes.ops, "latest.txt"), "utf8")).toBe("0.1.54");
  });

  it("that is requested twice at once is one", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);

    const [first, second] = await Promise.all([world.store.download("0.1.54"), world.store.download("0.1.54")]);

    expect(second.id).toBe(first.id);
    expect((await endOf(world, first)).state).toBe("done");
    expect(site.requests.filter(({ path }) => path === pathOf("0.1.54"))).toHaveLength(1);
  });

  it("of what is installed is refused; a nightly replaces the one before", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    for (const id of ["0.1.54", "nightly"]) await endOf(world, await world.store.download(id));
    site.files.set(pathOf("nightly"), { bytes: await releaseArchive({ mark: "another night" }), etag: '"m"' });

    await expect(world.store.download("0.1.54")).rejects.toMatchObject({ code: "kernel.exists", hint: /kernels rm/ });
    expect((await endOf(world, await world.store.download("nightly"))).state).toBe("done");

    expect(readFileSync(join(world.homes.ops, "nightly/klibs/ntp"), "utf8")).toBe("ntp another night");
    expect((await remains(world)).slice(1)).toEqual([[], []]);
  });

  it("in the place of a broken one mends it", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    mkdirSync(join(world.homes.ops, "0.1.54/klibs"), { recursive: true });

    const task = await endOf(world, await world.store.download("0.1.54"));

    expect(task.state).toBe("done");
    expect(idsOf(await world.kernels.list())).toEqual(["pith", "0.1.54"]);
  });

  it("has to be the same as the first one of that version, also after that was removed", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await endOf(world, await world.store.download("0.1.54"));
    await world.store.remove("0.1.54");
    const first = site.files.get(pathOf("0.1.54"));
    site.files.set(pathOf("0.1.54"), { bytes: await releaseArchive({ mark: "other" }), etag: '"x"' });

    const task = await endOf(world, await world.store.download("0.1.54"));

    expect(task.problem).toMatchObject({
      code: "download.changed",
      details: /first, on .*: SHA-256 \w{64}\nnow: SHA-256/,
    });
    expect(await remains(world)).toEqual(nothing);
    if (first) site.files.set(pathOf("0.1.54"), first);
    expect((await endOf(world, await world.store.download("0.1.54"))).state).toBe("done");
  });

  it("that is cancelled leaves nothing behind", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const bytes = await releaseArchive();
    site.files.set(pathOf("0.1.54"), { bytes, etag: '"54"', stallsAfter: 200 });
    const task = await world.store.download("0.1.54");
    await site.begun(1);

    world.tasks.cancel(task.id);

    expect(await endOf(world, task)).toMatchObject({ state: "cancelled" });
    expect(await remains(world)).toEqual(nothing);
  });

  it("that broke off goes on the next time", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const bytes = await releaseArchive();
    // Silence, not an end: what was sent has arrived.
    const stalls: ServedFile = { bytes, etag: '"54"', stallsAfter: 200 };
    site.files.set(pathOf("0.1.54"), stalls);
    const impatient = await endOf(world, await world.store.download("0.1.54"));
    expect(impatient.problem).toMatchObject({ code: "download.failed", hint: /goes on where it ended/ });
    expect((await remains(world)).slice(0, 2)).toEqual(nothing.slice(0, 2));

    site.files.set(pathOf("0.1.54"), { bytes, etag: '"54"' });
    const task = await endOf(world, await world.store.download("0.1.54"));

    expect(task.state).toBe("done");
    expect(site.requests.at(-1)?.range).toBe("bytes=200-");
  });

  it.each(["1", "../../etc", "/etc", "0.1.54/..", "pith", ""])("of “%s” is no version", async (version) => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);

    await expect(world.store.download(version)).rejects.toMatchObject({ code: "args.invalid" });
  });
});

const unsound: [what: string, served: () => Promise<ServedFile>, code: string][] = [
  ["a page of a hotel's network", async () => ({ bytes: Buffer.from("<html>Log in</html>") }), "archive.damaged"],
  ["no kernel", async () => ({ bytes: await releaseArchive({ without: "kernel.img" }) }), "kernel.not-found"],
  ["no boot loader", async () => ({ bytes: await releaseArchive({ without: "boot.img" }) }), "kernel.damaged"],
  [
    "a wrong region record",
    async () => ({ bytes: await releaseArchive({ boot: Buffer.alloc(2048) }) }),
    "kernel.damaged",
  ],
  ["a kernel for arm64", async () => ({ bytes: await releaseArchive({ kernel: armKernel }) }), "kernel.damaged"],
  [
    "a link",
    async () => ({ bytes: await releaseArchive({ more: [{ name: "klibs/x", type: "symlink", linkname: "/etc" }] }) }),
    "archive.unsafe",
  ],
  [
    "a name that goes up",
    async () => ({ bytes: await releaseArchive({ more: [{ name: "../images/evil", content: "x" }] }) }),
    "archive.unsafe",
  ],
  ["half of it", async () => ({ bytes: (await releaseArchive()).subarray(0, -20) }), "archive.damaged"],
  ["nothing", async () => ({ bytes: Buffer.alloc(0) }), "file.empty"],
  [
    "more than may be",
    async () => ({ bytes: Buffer.alloc(1), headers: { "content-length": `${2 ** 40}` } }),
    "download.too-large",
  ],
];

describe("what is no sound release is not installed, nor remembered, nor left behind", () => {
  it.each(unsound)("%s", async (_, served, code) => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    site.files.set(pathOf("0.1.54"), await served());

    const { state, problem } = await endOf(world, await world.store.download("0.1.54"));

    expect({ state, code: problem?.code }).toEqual({ state: "failed", code });
    expect(problem?.message).not.toContain("unideck-staging");
    expect(await remains(world)).toEqual(nothing);
    expect((await world.store.available()).releases.every(({ sha256 }) => sha256 === undefined)).toBe(true);
  });
});

describe("an archive on the disk", () => {
  it.each([
    ["nanos-release-linux-0.1.54.tar.gz", undefined, "0.1.54"],
    ["0.1.54.tgz", undefined, "0.1.54"],
    ["mine.tar.gz", "0.2.0-mine", "0.2.0-mine"],
  ])("%s is installed as version %s", async (fileName, version, id) => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const path = join(world.folder, fileName);
    const bytes = await releaseArchive();
    writeFileSync(path, bytes);

    const task = await endOf(world, await world.store.import(path, version));

    expect(task).toMatchObject({ kind: "import", state: "done", result: { kernel: id } });
    expect(await world.kernels.resolve(id)).toMatchObject({ sha256: sha256Of(bytes), from: path });
    expect(site.requests).toEqual([]);
  });

  it("may have everything in one folder", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const path = join(world.folder, "0.1.54.tar.gz");
    writeFileSync(path, await releaseArchive({ inside: "nanos-0.1.54/" }));

    expect((await endOf(world, await world.store.import(path))).state).toBe("done");
    expect((await world.kernels.resolve("0.1.54")).klibs).toEqual(["ntp", "tls"]);
  });

  it("that differs from an earlier download is taken, and that is said", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await endOf(world, await world.store.download("0.1.54"));
    await world.store.remove("0.1.54");
    const path = join(world.folder, "0.1.54.tar.gz");
    writeFileSync(path, await releaseArchive({ mark: "mine" }));

    const task = await endOf(world, await world.store.import(path));

    expect(task.output).toContainEqual(expect.stringMatching(/differs from the one that was downloaded on \d{4}-/));
    expect((await world.kernels.resolve("0.1.54")).from).toBe(path);
  });

  it("for arm64 is told from the others by its name", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const path = join(world.folder, "nanos-release-linux-0.1.54-virt.tar.gz");
    writeFileSync(path, await releaseArchive({ kernel: armKernel, without: "boot.img" }));

    expect((await endOf(world, await world.store.import(path))).result).toEqual({ kernel: "0.1.54-arm" });
    expect(await world.kernels.resolve("0.1.54-arm")).toMatchObject({ architecture: "arm64", version: "0.1.54" });
  });

  it("is refused at once where it can't be one", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const path = join(world.folder, "mine.tar.gz");
    writeFileSync(path, await releaseArchive());

    await expect(world.store.import(path)).rejects.toMatchObject({ code: "args.invalid", hint: /--as/ });
    await expect(world.store.import(path, "../up")).rejects.toMatchObject({ code: "args.invalid" });
    await expect(world.store.import(world.folder, "0.1.1")).rejects.toMatchObject({ code: "file.unsupported" });
    await expect(world.store.import(join(path, "x"), "0.1.1")).rejects.toMatchObject({ code: "file.not-found" });
    await endOf(world, await world.store.import(path, "0.1.1"));
    await expect(world.store.import(path, "0.1.1")).rejects.toMatchObject({ code: "kernel.exists" });
    expect(world.tasks.list()).toHaveLength(1);
  });
});

describe("the releases to be had", () => {
  it("are the newest, the nightly and what was here before", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await endOf(world, await world.store.download("0.1.9"));
    await world.store.remove("0.1.9");
    await endOf(world, await world.store.download("nightly"));

    const catalogue = await world.store.available();

    expect(KernelCatalogue.parse(catalogue)).toEqual(catalogue);
    expect(catalogue.problem).toBeUndefined();
    expect(catalogue.releases.map(({ id, isNewest, isInstalled }) => [id, isNewest, isInstalled])).toEqual([
      ["nightly", false, true],
      ["0.1.54", true, false],
      ["0.1.9", false, false],
    ]);
    expect(catalogue.releases[2]?.sha256).toMatch(/^\w{64}$/);
  });

  it("without a network are what is known, with the reason; everything else works", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await endOf(world, await world.store.download("0.1.9"));
    await site[Symbol.asyncDispose]();

    const { releases, problem } = await world.store.available();

    expect(problem).toMatchObject({ code: "download.unreachable", hint: /works without it/ });
    expect(releases.map(({ id }) => id)).toEqual(["nightly", "0.1.9"]);
    await expect(world.store.download("latest")).rejects.toMatchObject({ code: "download.unreachable" });
    expect((await endOf(world, await world.store.download("0.1.54"))).problem?.code).toBe("download.unreachable");
    await world.store.setDefault("0.1.9");
    await world.store.remove("0.1.9");
  });

  it.each([
    ["a page", { bytes: Buffer.from("<html>".repeat(1000)) }, "download.failed"],
    ["nothing", { bytes: Buffer.alloc(0) }, "download.failed"],
    ["an error", { bytes: Buffer.alloc(0), status: 500 }, "download.failed"],
    ["no such file", { bytes: Buffer.alloc(0), status: 404 }, "download.not-found"],
  ])("say so where the site answers with %s", async (_, answer, code) => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    site.files.set("/release/latest.txt", answer);

    expect((await world.store.available()).problem).toMatchObject({ code, hint: expect.any(String) });
  });
});

describe("an installed release", () => {
  it("can be the default, until it is removed", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await endOf(world, await world.store.download("0.1.54"));

    await world.store.setDefault("0.1.54");
    expect(world.settings.get().kernels.default).toBe("0.1.54");
    await expect(world.store.setDefault("0.1.1")).rejects.toMatchObject({
      code: "kernel.not-found",
      hint: /kernels get/,
    });
    await world.store.remove("0.1.54");

    expect(world.settings.get().kernels.default).toBe("pith");
    expect(await remains(world)).toEqual(nothing);
  });

  it("is removed only if it is one, and not while a task is at it", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    mkdirSync(world.homes.images, { recursive: true });
    for (const id of ["pith", "images", "..", world.folder])
      await expect(world.store.remove(id), id).rejects.toMatchObject({ code: "args.invalid" });
    await expect(world.store.remove("0.1.1")).rejects.toMatchObject({ code: "kernel.not-found" });
    site.files.set(pathOf("0.1.54"), { bytes: await releaseArchive(), stallsAfter: 100 });
    const task = await world.store.download("0.1.54");

    await expect(world.store.remove("0.1.54")).rejects.toMatchObject({ code: "engine.busy" });

    world.tasks.cancel(task.id);
    await endOf(world, task);
    expect(await listAll(world.homes.ops)).toContain("images");
  });

  it("no longer tells where it came from when OPS has put another in its place", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await endOf(world, await world.store.download("0.1.54"));
    expect((await world.kernels.resolve("0.1.54")).sha256).toBeDefined();

    utimesSync(join(world.homes.ops, "0.1.54/kernel.img"), 1, 1);

    expect((await world.kernels.resolve("0.1.54")).sha256).toBeUndefined();
  });
});

describe("half a download that nobody goes on with", () => {
  it("is removed after a week", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    mkdirSync(world.homes.downloads, { recursive: true });
    for (const name of ["old.tar.gz", "new.tar.gz"]) writeFileSync(join(world.homes.downloads, name), "half");
    const eightDaysAgo = Date.now() / 1000 - 8 * 24 * 3600;
    utimesSync(join(world.homes.downloads, "old.tar.gz"), eightDaysAgo, eightDaysAgo);

    await world.store.clean();

    expect(await listAll(world.homes.downloads)).toEqual(["new.tar.gz"]);
  });
});
