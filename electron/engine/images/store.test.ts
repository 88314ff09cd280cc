import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { Changes } from "../../../shared/contract/events.ts";
import { Image } from "../../../shared/contract/images.ts";
import { EventHub } from "../lib/event-hub.ts";
import { buildImage } from "./build.ts";
import { ImageStore } from "./store.ts";
import { fixtures, listAll, type TestWorld, testTask, testWorld, tiny, wishFor } from "./testing.ts";

const opsImage = gunzipSync(readFileSync(join(fixtures, "ops/configured.img.gz")));

function openStore(world: TestWorld) {
  const events = new EventHub();
  const changes: NonNullable<Changes["images"]>[] = [];
  events.listen(({ images }) => images && changes.push(images));
  const store = new ImageStore(world.homes, events);
  return { store, changes, [Symbol.asyncDispose]: () => store.close() };
}

async function putOpsImage(world: TestWorld, name: string): Promise<string> {
  await mkdir(world.homes.images, { recursive: true });
  const path = join(world.homes.images, name);
  await writeFile(path, opsImage);
  return path;
}

describe("the list of images", () => {
  it("is empty where there is no image folder yet", async () => {
    using world = testWorld();
    await using opened = openStore(world);

    expect(await opened.store.list()).toEqual([]);
  });

  it("tells of an image of OPS what stands in the image itself", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    const path = await putOpsImage(world, "opstiny");

    const [image] = await opened.store.list();

    expect(image).toMatchObject({
      name: "opstiny",
      path,
      sizeBytes: opsImage.length,
      kernel: { kind: "unknown" },
      program: "/tiny",
      arguments: ["./tiny", "tiny", "--port", "8080"],
      environment: { GREETING: "hi there", NANOS_VERSION: "0.0.1" },
      programState: "unknown",
    });
    expect(image?.build).toBeUndefined();
    expect(Image.parse(image)).toEqual(image);
  });

  it("is not read for one image while nobody has asked for it", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    await putOpsImage(world, "one");
    await putOpsImage(world, "another");

    expect(await opened.store.get("one")).toMatchObject({ name: "one", program: "/tiny" });
    await opened.store.refreshIfKnown();

    expect(opened.changes).toEqual([]);
    await expect(opened.store.get("../images/one")).rejects.toMatchObject({ code: "image.not-found" });
    expect(opened.changes).toMatchObject([{ upsert: [{ name: "another" }, { name: "one" }] }]);
  });

  it("tells of our own how it was built, as long as it is that image", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    const { record, path } = await buildImage(wishFor(), world, testTask());

    const ours = await opened.store.get("tiny");
    await writeFile(path, opsImage);
    const theirs = await opened.store.get("tiny");

    expect(ours).toMatchObject({ build: record, programState: "same" });
    expect(theirs.build).toBeUndefined();
    expect(theirs.environment.IMAGE_NAME).toBe("opstiny");
  });

  it("sees that the program has changed, and that it is gone", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    const program = join(world.folder, "program");
    await copyFile(tiny, program);
    await buildImage(wishFor({ program }), world, testTask());
    expect((await opened.store.get("program")).programState).toBe("same");

    await utimes(program, 1, 1);
    expect((await opened.store.get("program")).programState).toBe("changed");

    unlinkSync(program);
    expect((await opened.store.get("program")).programState).toBe("gone");
  });

  it("holds damaged images too, with what is wrong", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    await putOpsImage(world, "cut");
    writeFileSync(join(world.homes.images, "cut"), opsImage.subarray(0, 8 << 20));
    writeFileSync(join(world.homes.images, "empty"), "");
    await mkdir(join(world.homes.images, "a folder"));

    const images = await opened.store.list();

    expect(images.map(({ name, damage }) => [name, damage])).toEqual([
      ["cut", expect.stringContaining("beyond the end")],
      ["empty", expect.stringContaining("no partition table")],
    ]);
    expect(images.map((image) => Image.safeParse(image).success)).toEqual([true, true]);
  });

  it("does not read again what has not changed, and what has changed unnoticed by its time", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    const path = await putOpsImage(world, "a");
    await utimes(path, 1000, 1000);

    const [first] = await opened.store.list();
    const [again] = await opened.store.list();
    // The same size and time, other bytes.
    writeFileSync(path, Buffer.alloc(opsImage.length));
    await utimes(path, 1000, 1000);
    const [changed] = await opened.store.list();

    // What was read is handed on as it is.
    expect(again?.arguments).toBe(first?.arguments);
    expect(changed?.damage).toBeDefined();
  });
});

describe("deleting an image", () => {
  it("removes the file and the record", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    await buildImage(wishFor(), world, testTask());

    await opened.store.remove("tiny", { force: false, isInUse: false });

    expect(await opened.store.list()).toEqual([]);
    expect(await listAll(world.homes.imageRecords)).toEqual([]);
  });

  it("is refused while it is in use, unless forced", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    await putOpsImage(world, "a");

    await expect(opened.store.remove("a", { force: false, isInUse: true })).rejects.toMatchObject({
      code: "image.in-use",
    });
    await opened.store.remove("a", { force: true, isInUse: true });

    expect(await opened.store.list()).toEqual([]);
  });

  it("of one that is not there, or not in the folder, is a problem", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    await mkdir(world.homes.images, { recursive: true });

    for (const name of ["none", "../unideck", "", "."])
      await expect(opened.store.remove(name, { force: true, isInUse: false })).rejects.toMatchObject({
        code: "image.not-found",
      });
  });
});

describe("the changes that are published", () => {
  it("are what came, what went and what became another, once each", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    const path = await putOpsImage(world, "a");

    await opened.store.refresh();
    await opened.store.refresh();
    await rename(path, join(world.homes.images, "b"));
    await Promise.all([opened.store.refresh(), opened.store.refresh(), opened.store.refresh()]);

    expect(opened.changes.map(({ upsert, remove }) => [upsert.map(({ name }) => name), remove])).toEqual([
      [["a"], []],
      [["b"], ["a"]],
    ]);
  });

  it("come by themselves when OPS puts an image into the folder", async () => {
    using world = testWorld();
    await using opened = openStore(world);
    await opened.store.refresh();

    await putOpsImage(world, "new");

    await vi.waitFor(
      () =>
        expect(opened.changes.at(-1)?.upsert.map(({ name, damage }) => [name, damage])).toEqual([["new", undefined]]),
      { timeout: 8000 },
    );
  });
});

describe("what was read of many images", () => {
  const COUNT = 60;
  const cacheOf = (world: TestWorld) => join(world.homes.imageRecords, ".facts.json");

  async function manyImages(world: TestWorld): Promise<void> {
    for (let n = 0; n < COUNT; n++) await putOpsImage(world, `image-${n}`);
    await mkdir(world.homes.imageRecords, { recursive: true });
    await using first = openStore(world);
    expect(await first.store.list()).toHaveLength(COUNT);
  }

  it("is not read again by the next engine, where the file is the same", async () => {
    using world = testWorld();
    await manyImages(world);
    const kept = readFileSync(cacheOf(world), "utf8");
    writeFileSync(cacheOf(world), kept.replaceAll('"hi there"', '"from the cache"'));
    await putOpsImage(world, "image-7");

    await using next = openStore(world);
    const images = await next.store.list();

    const greetings = images.map(({ environment }) => environment.GREETING);
    expect(greetings.filter((greeting) => greeting === "from the cache")).toHaveLength(COUNT - 1);
    expect(images.find(({ name }) => name === "image-7")?.environment.GREETING).toBe("hi there");
  });

  it.each(["", "{", '{"version":1,"images":{"image-1":{"mtimeMs":"x"}}}', '{"version":0,"images":{}}'])(
    "is read again where the cache is damaged: %j",
    async (text) => {
      using world = testWorld();
      await manyImages(world);
      writeFileSync(cacheOf(world), text);

      await using next = openStore(world);

      expect((await next.store.list()).every(({ environment }) => environment.GREETING === "hi there")).toBe(true);
    },
  );

  it("leaves the list when its image goes", async () => {
    using world = testWorld();
    await manyImages(world);
    unlinkSync(join(world.homes.images, "image-3"));

    await using next = openStore(world);
    expect(await next.store.list()).toHaveLength(COUNT - 1);
    await next.store.close();

    expect(Object.keys(JSON.parse(readFileSync(cacheOf(world), "utf8")).images)).toHaveLength(COUNT - 1);
  });
});
