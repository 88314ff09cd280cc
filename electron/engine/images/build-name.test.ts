import { mkdirSync, readFileSync } from "node:fs";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildImage } from "./build.ts";
import { testTask, testWorld, tiny, wishFor } from "./testing.ts";
import { manifest, remains, treeOf } from "./testing-built.ts";

describe("the name of an image", () => {
  it("stays when the same program is built again: the image is replaced", async () => {
    using world = testWorld();
    const first = await buildImage(wishFor(), world, testTask());

    const second = await buildImage(wishFor({ arguments: ["again"] }), world, testTask());

    expect(second.path).toBe(first.path);
    expect(second.record.image.uuid).not.toBe(first.record.image.uuid);
    expect(await remains(world)).toEqual([["tiny"], [], ["tiny.json"]]);
  });

  it("is a variation where another program, or OPS, has it", async () => {
    using world = testWorld();
    const other = join(world.folder, "tiny");
    await copyFile(tiny, other);
    await buildImage(wishFor(), world, testTask());
    await writeFile(join(world.homes.images, "tiny-2"), "an image of OPS");

    const built = await buildImage(wishFor({ program: other }), world, testTask());

    expect(built.name).toBe("tiny-3");
    expect(await manifest(built.path)).toMatchObject({ environment: { IMAGE_NAME: "tiny-3" } });
  });

  it("is refused where it was asked for and another image has it, unless forced", async () => {
    using world = testWorld();
    mkdirSync(world.homes.images, { recursive: true });
    await writeFile(join(world.homes.images, "theirs"), "an image of OPS");

    await expect(buildImage(wishFor({ name: "theirs" }), world, testTask())).rejects.toMatchObject({
      code: "image.exists",
    });
    expect(await readFile(join(world.homes.images, "theirs"), "utf8")).toBe("an image of OPS");

    const built = await buildImage(wishFor({ name: "theirs", force: true }), world, testTask());
    expect(await treeOf(built.path)).toContain("/tiny");
  });

  it("is not ours any more when OPS has replaced the image", async () => {
    using world = testWorld();
    const { path } = await buildImage(wishFor(), world, testTask());
    await writeFile(path, "an image of OPS");

    const built = await buildImage(wishFor(), world, testTask());

    expect(built.name).toBe("tiny-2");
    expect(await readFile(path, "utf8")).toBe("an image of OPS");
  });

  it("belongs to one build at a time: many at once end whole, each program with its own", async () => {
    using world = testWorld();
    const programs = await Promise.all(
      ["a", "b"].map(async (name) => {
        mkdirSync(join(world.folder, name));
        const program = join(world.folder, name, "tiny");
        await copyFile(tiny, program);
        return program;
      }),
    );

    const builds = await Promise.all(
      [...programs, ...programs, ...programs].map((program) => buildImage(wishFor({ program }), world, testTask())),
    );

    expect(new Set(builds.map(({ name }) => name))).toEqual(new Set(["tiny", "tiny-2"]));
    expect(await remains(world)).toEqual([["tiny", "tiny-2"], [], ["tiny-2.json", "tiny.json"]]);
    for (const { path, name } of builds) {
      const record = JSON.parse(readFileSync(join(world.homes.imageRecords, `${name}.json`), "utf8"));
      expect(await treeOf(path)).toContain("/tiny");
      expect(builds.find((build) => build.record.image.uuid === record.image.uuid)?.name).toBe(name);
    }
  });
});
