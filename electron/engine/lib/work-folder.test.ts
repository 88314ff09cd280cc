import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { listAll, temporaryFolder } from "../images/testing.ts";
import { cleanWorkFolders, inWorkFolder } from "./work-folder.ts";

describe("cleaning a staging folder", () => {
  it("removes what dead processes have left, and nothing of the living", async () => {
    using staging = temporaryFolder();
    const dead = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }));
    const names = [`build-${dead}-abc`, `build-${process.ppid}-abc`, "something else"];
    for (const name of names) {
      mkdirSync(join(staging.path, name));
      writeFileSync(join(staging.path, name, "image"), "half");
    }
    chmodSync(join(staging.path, names[0] ?? "", "image"), 0o400);
    const rescued: string[] = [];

    await cleanWorkFolders(staging.path, async (folder) => void rescued.push(...(await listAll(folder))));

    expect((await listAll(staging.path)).filter((name) => !name.endsWith("/image"))).toEqual(names.slice(1));
    expect(rescued).toEqual(["image"]);
  });
});

describe("a work folder", () => {
  it("is of one piece of work, and gone after it, however that ends", async () => {
    using staging = temporaryFolder();
    const name = await inWorkFolder(staging.path, "build", async (folder) => {
      writeFileSync(join(folder, "half"), "done");
      return basename(folder);
    });

    const failure = inWorkFolder(staging.path, "build", () => Promise.reject(new Error("no")));

    await expect(failure).rejects.toThrow("no");
    expect(name).toMatch(new RegExp(`^build-${process.pid}-`));
    expect(await listAll(staging.path)).toEqual([]);
  });

  it("says so where none can be made", async () => {
    using staging = temporaryFolder();
    writeFileSync(join(staging.path, "file"), "");

    const attempt = inWorkFolder(join(staging.path, "file"), "build", async () => {});

    await expect(attempt).rejects.toMatchObject({ code: "disk.write-failed" });
  });
});
