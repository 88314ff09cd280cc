import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BuildSpec } from "../../../shared/contract/images.ts";
import { openConfiguration } from "../ops/open.ts";
import { buildImage } from "./build.ts";
import { type TestWorld, testTask, testWorld, wishFor } from "./testing.ts";
import { treeOf } from "./testing-built.ts";

/** Files by their paths below the world's folder; a value that begins with `->` is a link. */
function fill({ folder }: TestWorld, entries: Record<string, string>): void {
  for (const [path, content] of Object.entries(entries)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (content.startsWith("->")) symlinkSync(content.slice(2).replace("FOLDER", folder), file);
    else writeFileSync(file, content);
  }
}

/** What the image has of what was added, and what was said of links. */
async function built(world: TestWorld, spec: Partial<BuildSpec>) {
  const task = testTask();
  const { path } = await buildImage(wishFor(spec), world, task);
  const usual = /^\/(?:etc|proc|tiny)(?:\/|$)/;
  const tree = (await treeOf(path)).filter((entry) => !usual.test(entry));
  return { tree, notes: task.notes.map((line) => line.replaceAll(world.folder, "FOLDER")) };
}

describe("a link among `Files`", () => {
  it("comes with what it leads to, through further links", async () => {
    using world = testWorld();
    fill(world, {
      "lib/libfoo.so": "->libfoo.so.1",
      "lib/libfoo.so.1": "->../real/libfoo.so.1.2",
      "real/libfoo.so.1.2": "x",
    });
    const path = join(world.folder, "config.json");
    writeFileSync(path, JSON.stringify({ Files: ["lib/libfoo.so"] }));

    const { build } = await openConfiguration({ path }, world.homes);
    const { tree, notes } = await built(world, build);

    expect(tree).toEqual([
      "/lib",
      "/lib/libfoo.so -> libfoo.so.1",
      "/lib/libfoo.so.1 -> ../real/libfoo.so.1.2",
      "/real",
      "/real/libfoo.so.1.2",
    ]);
    expect(notes).toEqual([]);
  });

  it("to a folder brings the folder, one that leads nowhere is named", async () => {
    using world = testWorld();
    fill(world, { now: "->v2", "v2/a/b": "x", lost: "->nowhere" });
    const files = ["now", "lost"].map((name) => ({
      host: join(world.folder, name),
      guest: `/srv/${name}`,
      keepLink: true,
    }));

    const { tree, notes } = await built(world, { files });

    expect(tree).toEqual(["/srv", "/srv/lost -> nowhere", "/srv/now -> v2", "/srv/v2", "/srv/v2/a", "/srv/v2/a/b"]);
    expect(notes).toEqual(["The link /srv/lost leads to nowhere, which is neither in the image nor on the host"]);
  });
});

describe("links in folders", () => {
  const entries = {
    "app/here": "->file",
    "app/file": "x",
    "app/data": "->../shared/data",
    "app/by-data": "->data/x",
    "app/a": "->b",
    "app/b": "->a",
    "app/lost": "->nowhere/at/all",
    "app/null": "->/dev/null",
    "app/up": "->FOLDER/app/../",
    "shared/data/x": "x",
    "shared/data/more": "->../more",
    "shared/more": "y",
  };
  const folderOf = (world: TestWorld) => [{ host: join(world.folder, "app"), guest: "/srv/app" }];
  const always = [
    "The link /srv/app/lost leads to nowhere/at/all, which is neither in the image nor on the host",
    expect.stringMatching(/^The link \/srv\/app\/[ab] leads to [ab] and back to itself: /),
  ];

  it("that lead nowhere, or round in circles, are named with their targets", async () => {
    using world = testWorld();
    fill(world, entries);

    const { notes } = await built(world, { folders: folderOf(world) });

    expect(notes).toEqual(
      expect.arrayContaining([
        ...always,
        "The link /srv/app/data leads to ../shared/data, which is not in the image",
        "The link /srv/app/up leads to FOLDER/app/../, which is not in the image",
      ]),
    );
    expect(notes).toHaveLength(6);
    expect(notes.at(-1)).toBe(
      "--follow-links (“Follow links” in the build sheet) adds the targets that exist on the host, of 2 links",
    );
  });

  it("bring what they lead to where that is asked for, but never the folder that they are in", async () => {
    using world = testWorld();
    fill(world, entries);

    const { tree, notes } = await built(world, { folders: folderOf(world), followLinks: true });

    expect(tree).toEqual(
      expect.arrayContaining([
        "/srv/app/data -> ../shared/data",
        "/srv/shared/data/more -> ../more",
        "/srv/shared/data/x",
        "/srv/shared/more",
      ]),
    );
    expect(tree.filter((path) => path.startsWith(world.folder))).toEqual([]);
    expect(notes).toContain("Left out FOLDER: the link /srv/app/up to it is in that folder itself");
  });
});
