import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findResources, type Resources } from "./resources.ts";

const root = join(import.meta.dirname, "../../..");
const pathsOf = ({ version: _, ...paths }: Resources) => Object.entries(paths);

test("sources find resources that can be opened, and programs that a Node runs as they are", async () => {
  const resources = findResources();

  for (const [name, path] of pathsOf(resources).filter(([name]) => name !== "renderer")) await openIt(name, path);
  expect(resources.networkSwitch).toBe(join(root, "electron/switch.ts"));
  expect(resources.keeper).toBe(join(root, "electron/keeper.ts"));
});

test("bundled code of a tree finds bundled programs, from the chunks too", () => {
  const resources = findResources(join(root, "out/main"));

  expect(resources.networkSwitch).toBe(join(root, "out/main/switch.js"));
  expect(resources.pith).toBe(join(root, "kernel/build/release"));
  expect(findResources(join(root, "out/main/chunks"))).toEqual(resources);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-resources-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each(["app.asar", "app.asar.unpacked"])(
  "code in %s of a package finds real files outside of the archive",
  async (place) => {
    const code = join(folder, "resources", place, "out/main/chunks");
    await mkdir(code, { recursive: true });
    await writeFile(join(folder, "resources", place, "package.json"), '{ "version": "1.2.3" }');

    const resources = findResources(code);

    expect(resources.version).toBe("1.2.3");
    // Electron names the archive itself as the application's folder.
    expect(findResources(join(folder, "resources", place))).toEqual(resources);
    for (const [name, path] of pathsOf(resources)) {
      expect(path, name).toMatch(new RegExp(`^${join(folder, "resources")}/`));
      expect(path, name).not.toContain("app.asar/");
      expect(path, name).not.toMatch(/\.ts$/);
    }
  },
);

/** A file has content, a folder has files. */
async function openIt(name: string, path: string): Promise<void> {
  if ((await stat(path)).isDirectory()) return expect(await readdir(path), name).not.toEqual([]);
  const file = await open(path);
  try {
    expect((await file.read(Buffer.alloc(1), 0, 1)).bytesRead, name).toBe(1);
  } finally {
    await file.close();
  }
}
