import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Tree } from "../formats/tfs/tree.ts";
import { toText } from "../formats/tfs/value.ts";
import { collectAdditions } from "./collect.ts";
import { temporaryFolder } from "./testing.ts";

/** Files by their paths below `folder`; a value that begins with `->` is a link. */
function fill(folder: string, entries: Record<string, string>): string {
  for (const [path, content] of Object.entries(entries)) {
    const file = join(folder, path);
    mkdirSync(join(file, ".."), { recursive: true });
    if (content.startsWith("->")) symlinkSync(content.slice(2), file);
    else writeFileSync(file, content);
  }
  return folder;
}

/** Every file with the host file that it comes from, every link with its target. */
function describeTree(tree: Tree): Record<string, string> {
  const found: Record<string, string> = {};
  const paths = new Map([[0, ""]]);
  const open: [number, number][] = [];
  for (const node of tree.walk()) {
    while (open.length > 0 && open.at(-1)?.[1] === 0) open.pop();
    const parent = open.at(-1);
    if (parent) parent[1]--;
    const path = `${paths.get(parent?.[0] ?? 0)}/${toText(tree.nameOf(node))}`;
    const type = tree.typeOf(node);
    if (type === "directory") {
      paths.set(node, path);
      open.push([node, tree.sizeOf(node)]);
    } else if (type === "link") found[path] = `->${toText(tree.targetOf(node))}`;
    else {
      const content = tree.contentOf(node);
      found[path] = Buffer.isBuffer(content) ? "memory" : toText(content.path);
    }
  }
  return found;
}

const options = (notes: string[] = []) => ({
  signal: new AbortController().signal,
  note: (line: string) => notes.push(line),
  onProgress: () => {},
});

describe("folders that are added", () => {
  it("to one place are joined, and of two files the later one stays", async () => {
    using temporary = temporaryFolder();
    const a = fill(join(temporary.path, "a"), {
      "x/one": "1",
      "x/both": "a",
      "x/was-link": "->one",
      "x/was-file": "a",
    });
    const b = fill(join(temporary.path, "b"), {
      "x/two": "2",
      "x/both": "bb",
      "x/was-link": "b",
      "x/was-file": "->two",
    });

    const tree = await collectAdditions(
      [],
      [a, b].map((host) => ({ host, guest: "/srv" })),
      options(),
    );

    expect(describeTree(tree)).toEqual({
      "/srv/x/one": `${a}/x/one`,
      "/srv/x/two": `${b}/x/two`,
      "/srv/x/both": `${b}/x/both`,
      "/srv/x/was-link": `${b}/x/was-link`,
      "/srv/x/was-file": "->two",
    });
  });

  it("land behind a link that the image has in their place", async () => {
    using temporary = temporaryFolder();
    const a = fill(join(temporary.path, "a"), { "usr/lib/old": "1", lib: "->usr/lib" });
    const b = fill(join(temporary.path, "b"), { "lib/new": "2" });

    const tree = await collectAdditions(
      [],
      [a, b].map((host) => ({ host, guest: "/" })),
      options(),
    );

    expect(describeTree(tree)).toMatchObject({ "/usr/lib/new": `${b}/lib/new`, "/lib": "->usr/lib" });
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ["a folder over a file", { x: "file" }, { "x/y": "1" }],
    ["a file over a folder", { "x/y": "1" }, { x: "file" }],
    ["a link over a folder", { "x/y": "1" }, { x: "->y" }],
    ["a folder over links in a circle", { x: "->y", y: "->x" }, { "x/z": "1" }],
    ["a folder over a link whose target no file system takes", { x: `->${"n".repeat(300)}` }, { "x/z": "1" }],
  ])("can't be %s", async (_, first, second) => {
    using temporary = temporaryFolder();
    const a = fill(join(temporary.path, "a"), first);
    const b = fill(join(temporary.path, "b"), second);

    const collected = collectAdditions(
      [],
      [a, b].map((host) => ({ host, guest: "/é" })),
      options(),
    );

    await expect(collected).rejects.toMatchObject({
      code: "args.invalid",
      message: expect.stringContaining("conflict"),
    });
  });

  it("keep loops of links and links that lead outside as they are, and look nowhere but inside", async () => {
    using temporary = temporaryFolder();
    const links = { a: "->b", b: "->a", self: "->.", up: "->../../../../etc", gone: "->/nowhere", root: "->/" };
    const folder = fill(join(temporary.path, "links"), links);

    const tree = await collectAdditions([], [{ host: folder, guest: "/" }], options());

    expect(describeTree(tree)).toEqual(Object.fromEntries(Object.entries(links).map(([name, to]) => [`/${name}`, to])));
  });

  it("are what they were when a folder inside vanishes on the way: a problem, and no half tree", async () => {
    using temporary = temporaryFolder();
    const folder = fill(join(temporary.path, "f"), { "a/x": "1", "b/x": "1" });
    const vanishing = {
      ...options(),
      onProgress: () => rmSync(join(folder, "a"), { recursive: true, force: true }),
    };

    const collected = collectAdditions([], [{ host: folder, guest: "/" }], vanishing);

    await expect(collected).rejects.toMatchObject({ code: "file.changed", message: expect.stringContaining("/a") });
  });

  it("have their files in the order of their names' bytes, whatever the order on the disk", async () => {
    using temporary = temporaryFolder();
    const names = ["b", "a", "ä", "a.b", "B", "10", "9"];
    const folder = fill(join(temporary.path, "f"), Object.fromEntries(names.map((name) => [name, name])));

    const tree = await collectAdditions([], [{ host: folder, guest: "/" }], options());
    tree.sort();

    expect([...tree.walk()].map((node) => toText(tree.nameOf(node)))).toEqual(["10", "9", "B", "a", "a.b", "b", "ä"]);
  });
});
