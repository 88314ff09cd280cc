import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Staging } from "./staging.ts";

let home: string;
let homes: { uploads: string; imageRecords: string };
let staging: Staging;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "unideck-staging-"));
  homes = { uploads: join(home, "uploads"), imageRecords: join(home, "images") };
  staging = new Staging(homes, () => 1000);
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function hand(name: string, content: Uint8Array): Promise<string> {
  const { id } = await staging.begin({ fileName: name, sizeBytes: content.length });
  await staging.append(id, 0, content);
  return (await staging.finish(id)).path;
}

describe("staging", () => {
  test("pieces in order become a file with the announced name and the right digest", async () => {
    const content = randomBytes(900);

    const { id } = await staging.begin({ fileName: "hello", sizeBytes: 900 });
    await staging.append(id, 0, content.subarray(0, 500));
    const { receivedBytes } = await staging.append(id, 500, content.subarray(500));
    const file = await staging.finish(id);

    expect(receivedBytes).toBe(900);
    expect(file).toEqual({
      path: join(homes.uploads, id, "hello"),
      sizeBytes: 900,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
    expect(await readFile(file.path)).toEqual(content);
  });

  test("an empty file is a file", async () => {
    const path = await hand("empty", Buffer.alloc(0));

    expect(await readFile(path)).toHaveLength(0);
  });

  test("a file of a dropped folder keeps its place", async () => {
    const { id } = await staging.begin({ fileName: "app.json", relativePath: "config/app.json", sizeBytes: 0 });

    const { path } = await staging.finish(id);

    expect(path).toBe(join(homes.uploads, id, "config/app.json"));
  });

  test.each([
    "../etc/passwd",
    "/etc/passwd",
    "a//b",
    "a/../b",
    ".",
    "..",
    "a\0b",
    "a\\b",
    ".partial",
    `${"é".repeat(200)}`,
  ])("the name %j is refused", async (relativePath) => {
    await expect(staging.begin({ fileName: "x", relativePath, sizeBytes: 1 })).rejects.toMatchObject({
      code: "args.invalid",
    });
  });

  test("a piece at the wrong place is refused and changes nothing", async () => {
    const { id } = await staging.begin({ fileName: "x", sizeBytes: 10 });
    await staging.append(id, 0, Buffer.from("01234"));

    for (const offset of [0, 4, 6])
      await expect(staging.append(id, offset, Buffer.from("x"))).rejects.toMatchObject({
        code: "staging.out-of-order",
      });

    await staging.append(id, 5, Buffer.from("56789"));
    expect(await readFile((await staging.finish(id)).path, "utf8")).toBe("0123456789");
  });

  test("of two pieces sent at once for one place, one is taken", async () => {
    const { id } = await staging.begin({ fileName: "x", sizeBytes: 4 });

    const outcomes = await Promise.allSettled([
      staging.append(id, 0, Buffer.from("aaaa")),
      staging.append(id, 0, Buffer.from("bbbb")),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await readFile((await staging.finish(id)).path, "utf8")).toBe("aaaa");
  });

  test("more than the limit, or than was announced, is refused", async () => {
    await expect(staging.begin({ fileName: "x", sizeBytes: 1001 })).rejects.toMatchObject({
      code: "staging.too-large",
    });

    const { id } = await staging.begin({ fileName: "x", sizeBytes: 3 });
    await expect(staging.append(id, 0, Buffer.from("four"))).rejects.toMatchObject({ code: "staging.too-large" });
  });

  test("what the disk can't hold is refused before a byte is sent", async () => {
    const boundless = new Staging(homes, () => Number.MAX_SAFE_INTEGER);

    await expect(boundless.begin({ fileName: "x", sizeBytes: 2 ** 52 })).rejects.toMatchObject({ code: "disk.full" });

    expect(await readdir(homes.uploads)).toEqual([]);
  });

  test("less than was announced can't be finished", async () => {
    const { id } = await staging.begin({ fileName: "x", sizeBytes: 3 });

    await expect(staging.finish(id)).rejects.toMatchObject({ code: "staging.out-of-order" });
  });

  test("a hand-over that was given up leaves nothing", async () => {
    const { id } = await staging.begin({ fileName: "x", sizeBytes: 3 });

    await staging.discard(id);
    await staging.discard(id);

    expect(await readdir(homes.uploads)).toEqual([]);
    await expect(staging.append(id, 0, Buffer.from("abc"))).rejects.toMatchObject({ code: "staging.not-found" });
  });

  test("cleaning keeps what a record refers to and what is fresh; half files and old ones go", async () => {
    const [used, fresh, old] = [
      await hand("used", Buffer.from("1")),
      await hand("fresh", Buffer.from("2")),
      await hand("old", Buffer.from("3")),
    ];
    await staging.begin({ fileName: "half", sizeBytes: 3 });
    const longAgo = new Date(Date.now() - 48 * 3600 * 1000);
    for (const path of [used, old]) await utimes(join(path, ".."), longAgo, longAgo);
    await mkdir(homes.imageRecords);
    await writeFile(join(homes.imageRecords, "app.json"), JSON.stringify({ spec: { program: used } }));

    await new Staging(homes, () => 1000).clean();

    const kept = await readdir(homes.uploads, { recursive: true });
    expect(kept.filter((path) => /\/(used|fresh|old|\.partial)$/.test(path)).map((path) => path.split("/")[1])).toEqual(
      expect.arrayContaining(["used", "fresh"]),
    );
    expect(kept).toHaveLength(4);
    expect(await readFile(fresh, "utf8")).toBe("2");
  });
});
