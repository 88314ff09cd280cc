import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ByteSource, memorySource } from "../byte-source.ts";
import { findDamage } from "./check.ts";
import { toPlain, toText } from "./value.ts";
import { contentsOf, linkTarget, manifestOf, openVolume, readManifest, type TfsVolume, walkTree } from "./volume.ts";

const fixtures = join(import.meta.dirname, "../fixtures");

interface Golden {
  uuid: string;
  label: string;
  attributes: Record<string, unknown>;
  tree: Record<string, unknown>;
}

const goldenTfs = readdirSync(join(fixtures, "tfs"))
  .filter((name) => name.endsWith(".json"))
  .map((name) => join(fixtures, "tfs", name));

function load(json: string): { golden: Golden; source: ByteSource } {
  return {
    golden: JSON.parse(readFileSync(json, "utf8")),
    source: memorySource(gunzipSync(readFileSync(json.replace(/json$/, "img.gz")))),
  };
}

async function describeTree(volume: TfsVolume): Promise<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for (const { path, type, node } of walkTree(volume)) {
    if (type === "link") tree[toText(path)] = { type, target: toText(linkTarget(node) ?? "") };
    else if (type === "directory") tree[toText(path)] = { type: "dir" };
    else {
      const contents = contentsOf(volume, node);
      const sha256 = createHash("sha256")
        .update(await contents.read(0, contents.sizeBytes))
        .digest("hex");
      tree[toText(path)] = { type, size: contents.sizeBytes, sha256 };
    }
  }
  return tree;
}

/** JSON has lost the last digits of 64-bit times. */
function describeAttributes(volume: TfsVolume): Record<string, unknown> {
  const plain = toPlain(manifestOf(volume));
  return JSON.parse(JSON.stringify(plain, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
}

describe.each([...goldenTfs, join(fixtures, "ops/volume.json")])("%s", (json) => {
  it("is read as its description says", async () => {
    const { golden, source } = load(json);

    const volume = await openVolume(source);

    expect(volume.uuid).toBe(golden.uuid);
    expect(volume.label).toBe(golden.label);
    expect(describeAttributes(volume)).toEqual(golden.attributes);
    expect(await describeTree(volume)).toEqual(golden.tree);
  });

  it("has the same manifest where its tree is left out", async () => {
    const { source } = load(json);

    const { uuid, label, manifest } = await readManifest(source);

    const volume = await openVolume(source);
    expect({ uuid, label }).toEqual({ uuid: volume.uuid, label: volume.label });
    expect(toPlain(manifest)).toEqual(toPlain(manifestOf(volume)));
  });

  it("has its extents inside of the volume, apart from each other and from the log", async () => {
    const { source } = load(json);

    const volume = await openVolume(source);

    expect(findDamage(volume)).toEqual([]);
  });
});
