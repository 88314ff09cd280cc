import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { buildImage } from "../../images/build.ts";
import {
  fixtures,
  opsInput,
  type TestWorld,
  temporaryFolder,
  testTask,
  testWorld,
  wishFor,
} from "../../images/testing.ts";
import { openConfiguration } from "../../ops/open.ts";
import { findDamage } from "../tfs/check.ts";
import { toPlain, toText } from "../tfs/value.ts";
import { contentsOf, linkTarget, manifestOf, type TfsVolume, walkTree } from "../tfs/volume.ts";
import { openPartition, withDisk } from "./disk.ts";

interface Described {
  attributes: Record<string, unknown>;
  tree: Record<string, unknown>;
}

/** What OPS made of `fixtures/ops/input`. */
const golden: Described = JSON.parse(readFileSync(join(fixtures, "ops/configured.json"), "utf8"));

/** The configuration as it lies there, and what was said beside it. */
async function spec(world: TestWorld) {
  const { build, warnings } = await openConfiguration({ path: join(opsInput, "config.json") }, world.homes);
  expect(warnings).toEqual([expect.stringMatching(/^No disk is attached as %1: /)]);
  return wishFor({
    ...build,
    name: "opstiny",
    programName: "./tiny",
    environment: { ...build.environment, NANOS_VERSION: "0.0.1" },
    kernel: join(opsInput, "release"),
  });
}

async function describeVolume(volume: TfsVolume): Promise<Described> {
  const tree: Record<string, unknown> = {};
  for (const { path, type, node } of walkTree(volume)) {
    if (type === "directory") tree[toText(path)] = { type: "dir" };
    else if (type === "link") tree[toText(path)] = { type, target: toText(linkTarget(node) ?? "") };
    else {
      const contents = contentsOf(volume, node);
      const bytes = await contents.read(0, contents.sizeBytes);
      tree[toText(path)] = { type, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    }
  }
  return { attributes: JSON.parse(JSON.stringify(toPlain(manifestOf(volume)))), tree };
}

async function describeDisk(path: string) {
  return await withDisk(path, async (disk) => {
    const [boot, root] = [await openPartition(disk, disk.boot), await openPartition(disk, disk.root)];
    return { disk, boot: await describeVolume(boot), root: await describeVolume(root), damage: findDamage(root) };
  });
}

describe("the input that OPS was given", () => {
  it("becomes the same manifest, tree and boot file system", async () => {
    using world = testWorld();
    using theirs = temporaryFolder();
    const theirPath = join(theirs.path, "configured.img");
    writeFileSync(theirPath, gunzipSync(readFileSync(join(fixtures, "ops/configured.img.gz"))));

    const built = await buildImage(await spec(world), world, testTask());
    const ours = await describeDisk(built.path);

    const expected = await describeDisk(theirPath);
    const added = { OPS_VERSION: "unideck", IMAGE_NAME: "opstiny" };
    const environment = Object.assign({}, golden.attributes.environment, added);
    expect(ours.root.attributes).toEqual({ ...golden.attributes, environment });
    expect(ours.root.tree).toEqual(golden.tree);
    expect(ours.boot).toEqual(expected.boot);
    expect(ours.damage).toEqual([]);
    expect(ours.disk.boot).toEqual(expected.disk.boot);
    expect(ours.disk.root.offsetBytes).toBe(expected.disk.root.offsetBytes);
  });

  it("gives the same first sector, but for the length of the root file system", async () => {
    using world = testWorld();
    const theirs = gunzipSync(readFileSync(join(fixtures, "ops/configured.img.gz"))).subarray(0, 512);

    const built = await buildImage(await spec(world), world, testTask());
    const ours = (await readFile(built.path)).subarray(0, 512);

    // The second entry's end and count.
    for (const sector of [ours, theirs]) {
      sector.fill(0, 0x1be + 16 + 5, 0x1be + 16 + 8);
      sector.fill(0, 0x1be + 16 + 12, 0x1be + 16 + 16);
    }
    expect(ours.toString("hex")).toBe(theirs.toString("hex"));
  });
});
