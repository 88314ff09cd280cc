import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { replaceFile, writeFileAtomically } from "./atomic-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-atomic-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a file written atomically", () => {
  test("replaces the old one whole", async () => {
    const path = join(folder, "settings.json");
    await writeFile(path, "a much longer old content");

    await writeFileAtomically(path, "new");

    expect(await readFile(path, "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["settings.json"]);
  });

  test("that must be new does not replace what came meanwhile", async () => {
    const path = join(folder, "image");

    const attempt = replaceFile(path, () => writeFile(path, "somebody else's"), { mustBeNew: true });

    await expect(attempt).rejects.toMatchObject({ code: "file.exists" });
    expect(await readFile(path, "utf8")).toBe("somebody else's");
    expect(await readdir(folder)).toEqual(["image"]);
  });

  test("makes the folders it needs", async () => {
    const path = join(folder, "a", "b", "c.json");

    await writeFileAtomically(path, "{}");

    expect(await readFile(path, "utf8")).toBe("{}");
  });

  test("leaves the old one and nothing else when writing fails half-way", async () => {
    const path = join(folder, "settings.json");
    await writeFile(path, "old");

    const attempt = replaceFile(path, async (file) => {
      await file.write("half of");
      throw new Error("the power went");
    });

    await expect(attempt).rejects.toThrow("the power went");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["settings.json"]);
  });

  test("that can't be written is a problem with a hint", async () => {
    const inTheWay = join(folder, "file");
    await writeFile(inTheWay, "");

    const attempt = writeFileAtomically(join(inTheWay, "settings.json"), "{}");

    await expect(attempt).rejects.toMatchObject({ code: "disk.write-failed" });
  });

  test("on a full disk is a problem that says so", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

    const attempt = replaceFile(join(folder, "image"), async () => {
      throw full;
    });

    await expect(attempt).rejects.toMatchObject({ code: "disk.full" });
    expect(await readdir(folder)).toEqual([]);
  });
});
