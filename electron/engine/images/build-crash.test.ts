/** Builds in a process of their own that dies, or is refused the room that it needs. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanWorkFolders } from "../lib/work-folder.ts";
import { buildImage } from "./build.ts";
import { listAll, release, type TestWorld, temporaryFolder, testTask, testWorld, tiny, wishFor } from "./testing.ts";

/** Builds the tiny program in another process, which is killed as `phase` begins. Prints the problem's code if there is one. */
function buildElsewhere(world: TestWorld, { killAt = "", limitBlocks = 0 } = {}) {
  const script = `
    import { buildImage } from ${JSON.stringify(join(import.meta.dirname, "build.ts"))};
    import { KernelReleases } from ${JSON.stringify(join(import.meta.dirname, "../kernels/releases.ts"))};
    const homes = ${JSON.stringify(world.homes)};
    const task = {
      id: "child",
      signal: new AbortController().signal,
      phase: (name) => { if (name === ${JSON.stringify(killAt)}) process.kill(process.pid, "SIGKILL"); },
      advance() {},
      note() {},
    };
    const kernels = new KernelReleases(homes, ${JSON.stringify(release)});
    await buildImage(${JSON.stringify(wishFor())}, { homes, kernels }, task).catch((error) => console.log(error.code));
  `;
  const node = [process.execPath, "--experimental-strip-types", "--no-warnings", "--input-type=module", "-e", script];
  const limit = limitBlocks > 0 ? `ulimit -f ${limitBlocks};` : "";
  return spawnSync("sh", ["-c", `${limit} exec "$@"`, "sh", ...node], { encoding: "utf8" });
}

describe("a build whose process", () => {
  it.each(["Writing the image", "Saving to disk"])(
    "is killed in the phase “%s” leaves the old image whole, and nothing once the next engine has cleaned",
    async (phase) => {
      using world = testWorld();
      const { path, record } = await buildImage(wishFor(), world, testTask());
      const before = readFileSync(path);

      const child = buildElsewhere(world, { killAt: phase });

      expect(child.signal).toBe("SIGKILL");
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(await listAll(world.homes.images)).toEqual(["tiny"]);
      expect(await listAll(world.homes.opsStaging)).not.toEqual([]);
      await cleanWorkFolders(world.homes.opsStaging);
      expect(await listAll(world.homes.opsStaging)).toEqual([]);
      const again = await buildImage(wishFor(), world, testTask());
      expect([again.name, again.record.program.path]).toEqual([record.program.path.replace(/.*\//, ""), tiny]);
    },
  );

  it("may not write as much as it needs says so and leaves nothing behind", async () => {
    using world = testWorld();

    const child = buildElsewhere(world, { limitBlocks: 2048 });

    expect(child.stdout.trim()).toBe("disk.write-failed");
    expect(await listAll(world.homes.images)).toEqual([]);
    expect(await listAll(world.homes.opsStaging)).toEqual([]);
    expect(await listAll(world.homes.imageRecords)).toEqual([]);
  });

  it("fills its disk says so; the old image stays whole, nothing is left behind, and what fits is built as before", () => {
    using folder = temporaryFolder();
    const [disk, large, tooLarge] = [
      join(folder.path, "disk"),
      join(folder.path, "large"),
      join(folder.path, "too-large"),
    ];
    mkdirSync(disk);
    writeFileSync(large, Buffer.alloc(4 << 20, 1));
    writeFileSync(tooLarge, Buffer.alloc(16 << 20, 1));
    const root = userInfo().uid === 0 ? [] : ["--map-root-user"];
    const program = join(import.meta.dirname, "full-disk.testing.ts");
    const node = [process.execPath, "--experimental-strip-types", "--no-warnings", program, disk, large, tooLarge];

    const child = spawnSync("unshare", [...root, "--mount", ...node], { encoding: "utf8" });

    expect(child.stderr).toBe("");
    const failed = {
      problem: {
        code: "disk.full",
        message: expect.stringMatching(/^The disk is full while writing .*images\/(tiny|new)$/),
        hint: expect.stringContaining("Free some space"),
      },
      phase: { name: "Writing the image", done: expect.any(Number) },
      images: ["tiny"],
      staging: [],
      records: ["tiny.json"],
    };
    const refused = {
      problem: { code: "disk.full", message: expect.stringMatching(/^There is not enough space for \d+ bytes$/) },
      phase: { name: "Collecting files" },
      images: ["tiny"],
    };
    expect(JSON.parse(child.stdout)).toMatchObject({
      ...{ replaced: failed, isOldWhole: true, made: failed, refused, again: "new" },
    });
  });
});
