import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { memorySource } from "../byte-source.ts";
import { bytesOf } from "../disk/make-image.testing.ts";
import { findDamage } from "./check.ts";
import { type LayoutOptions, layOutVolume } from "./layout.ts";
import { EXTENSION_SECTORS } from "./log.ts";
import { memoryFile, ROOT, Tree } from "./tree.ts";
import { makeDirectory, putNode } from "./tree-paths.ts";
import { Tuple, toBytes, toPlain } from "./value.ts";
import { contentsOf, findNode, linkTarget, manifestOf, openVolume, type TfsVolume, walkTree } from "./volume.ts";

const options: LayoutOptions = {
  uuid: randomBytes(16),
  label: "",
  withReserves: true,
  withTimes: true,
  spareBytes: 0,
  minimumBytes: 0,
};

async function reopen(root: Tree, manifest = new Tuple(), more: Partial<LayoutOptions> = {}) {
  const layout = layOutVolume(root, manifest, { ...options, ...more });
  return { layout, volume: await openVolume(memorySource(bytesOf(layout))) };
}

/** A volume's tree as one that can be written, with all contents in memory. */
async function copyTree(volume: TfsVolume): Promise<Tree> {
  const root = new Tree();
  for (const { path, type, node } of walkTree(volume)) {
    if (type === "directory") makeDirectory(root, path);
    else if (type === "link") putNode(root, path, { type: "link", target: linkTarget(node) ?? "" });
    else {
      const contents = contentsOf(volume, node);
      putNode(root, path, memoryFile(await contents.read(0, contents.sizeBytes)));
    }
  }
  return root;
}

async function describeTree(volume: TfsVolume): Promise<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for (const { path, type, node } of walkTree(volume)) {
    const contents = type === "file" ? contentsOf(volume, node) : undefined;
    tree[path] = { type, target: linkTarget(node), content: await contents?.read(0, contents.sizeBytes) };
  }
  return tree;
}

const fixtures = join(import.meta.dirname, "../fixtures/tfs");
const golden = readdirSync(fixtures).filter((name) => name.endsWith(".img.gz"));

describe("a volume that was laid out", () => {
  it.each(golden)("from the tree of %s has the same tree and attributes", async (name) => {
    const original = await openVolume(memorySource(gunzipSync(readFileSync(join(fixtures, name)))));

    const { volume } = await reopen(await copyTree(original), manifestOf(original), { label: original.label });

    expect(volume.label).toBe(original.label);
    expect(toPlain(manifestOf(volume))).toEqual(toPlain(manifestOf(original)));
    expect(await describeTree(volume)).toEqual(await describeTree(original));
    expect(findDamage(volume)).toEqual([]);
  });

  it("keeps two free runs of 1024 sectors between log and data, and its size a multiple of 512 KiB", async () => {
    const root = new Tree();
    putNode(root, "f", memoryFile("x"));

    const { layout } = await reopen(root);

    expect([...layout.files()].map(({ sector }) => sector)).toEqual([1 + 3 * EXTENSION_SECTORS]);
    expect(layout.sizeBytes).toBe(4 * 512 * 1024);
  });

  it("has the room that was asked for, and the size", async () => {
    const { layout: roomy } = await reopen(new Tree(), new Tuple(), { spareBytes: 1 << 20 });
    const { layout: large } = await reopen(new Tree(), new Tuple(), { minimumBytes: (64 << 20) - 5 });

    expect(roomy.sizeBytes).toBe(6 * 512 * 1024);
    expect(large.sizeBytes).toBe(64 << 20);
  });

  it("begins files of a page and more on a page, others on a sector", async () => {
    const root = new Tree();
    for (const size of [1, 512, 513, 4096, 3, 9000]) putNode(root, `f${size}`, memoryFile(Buffer.alloc(size, 1)));

    const { layout } = await reopen(root);

    // By name: f1, f3, f4096, f512, f513, f9000.
    expect([...layout.files()].map(({ sector }) => sector)).toEqual([3073, 3074, 3080, 3088, 3089, 3096]);
  });

  it("spreads the log of 30 000 files over extensions behind the data, each name once", async () => {
    const root = new Tree();
    for (let i = 0; i < 30_000; i++)
      putNode(root, `folder-${i % 7}/a rather long name of a file ${i}`, memoryFile(`${i}`));

    const { layout, volume } = await reopen(root);

    expect(volume.extensions.length).toBeGreaterThan(3);
    expect(findDamage(volume)).toEqual([]);
    const file = findNode(volume, "/folder-3/a rather long name of a file 29998");
    expect(file && (await contentsOf(volume, file).read(0, 99)).toString()).toBe("29998");
    const log = Buffer.concat([...layout.log()].map(({ bytes }) => bytes)).toString("latin1");
    for (const name of ["filelength", "extents", "offset", "allocated", "children"])
      expect(log.split(name).length - 1, name).toBe(1);
  });

  it("holds 100 000 empty files in one folder, each under its name; a million: npm run soak -- files", async () => {
    const root = new Tree();
    const empty = memoryFile("");
    for (let i = 0; i < 100_000; i++) root.put(ROOT, `file ${i}`, empty);

    const { layout, volume } = await reopen(root);

    const names = new Set([...walkTree(volume)].map(({ path }) => path));
    expect(names.size).toBe(100_000);
    expect(names.has("/file 99999")).toBe(true);
    expect(layout.sizeBytes).toBeLessThan(8 << 20);
  });

  it("holds a tree of 2000 levels", async () => {
    const root = new Tree();
    const path = "/d".repeat(2000);
    putNode(root, `${path}/f`, memoryFile("deep"));

    const { volume } = await reopen(root);

    const file = findNode(volume, `${path}/f`);
    expect(file && (await contentsOf(volume, file).read(0, 9)).toString()).toBe("deep");
  });

  it("keeps names that are no UTF-8, and those that JavaScript has uses for", async () => {
    const root = new Tree();
    const names = ["\xff\xfe", toBytes("ünïcødé"), "__proto__", "constructor", "..."];
    for (const name of names) putNode(root, name, memoryFile(name));

    const { volume } = await reopen(root);

    expect([...walkTree(volume)].map(({ path }) => path)).toEqual(names.sort().map((name) => `/${name}`));
  });
});
