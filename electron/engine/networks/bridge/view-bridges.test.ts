import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBridgeFolders } from "./bridge-folder.ts";
import { readSpec, writeSpec } from "./spec-file.ts";
import { viewBridges } from "./view-bridges.ts";

test("what the helper has written down is read; what is no bridge's folder is left alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unideck-bridges-"));
  const put = async (name: string, files: Record<string, string>) => {
    await mkdir(join(folder, name));
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), text);
  };
  const steps = "bridge br0 02:00:00:00:00:01\ntap br0-t0 1000\njoin br0-t0 br0\nup br0\njoin eno1 br0\n";
  await put("br0", { state: "waiting\n", owner: "1000\n", deadline: "1795774422\n", steps });
  await put("br1", { state: "confirmed\n", steps: "" });
  await put("br2", { state: "" });
  await put("br3", { state: "nonsense" });
  await put("NOT-ONE", { state: "confirmed" });

  const found = await readBridgeFolders(folder);
  await rm(folder, { recursive: true });

  expect(found.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    ...[
      {
        name: "br0",
        state: "waiting",
        uplink: "eno1",
        taps: ["br0-t0"],
        said: "",
        owner: 1000,
        deadline: 1795774422000,
      },
    ],
    expect.objectContaining({ name: "br1", state: "ready", uplink: undefined, taps: [] }),
  ]);
  expect(await readBridgeFolders(join(folder, "nothing"))).toEqual([]);
});

test("bridges are those that were made, those that are wished for and gone, and those of others", () => {
  const made = {
    name: "br1",
    state: "waiting" as const,
    owner: 0,
    uplink: "eno1",
    taps: ["br1-t0"],
    deadline: 5,
    said: "",
  };
  const wish = { name: "br1", uplink: "eno1", seats: 1 };

  const bridges = viewBridges([made], [wish, { name: "br0", seats: 2 }], { links: [] }, ["virbr0", "br1"]);

  expect(bridges.map(({ name, state, undoneAt }) => [name, state, undoneAt])).toEqual([
    ["br0", "absent", undefined],
    ["br1", "waiting", 5],
    ["virbr0", "foreign", undefined],
  ]);
  expect(bridges[1]?.wish).toEqual(wish);
});

test("spec are kept in a file; one that is damaged is told of", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unideck-spec-"));
  const path = join(folder, "bridges.json");

  expect(await readSpec(path)).toEqual([]);
  await writeSpec(path, [{ name: "br0", seats: 4 }]);
  expect(await readSpec(path)).toEqual([{ name: "br0", seats: 4 }]);
  await writeFile(path, '{"version":1,"bridges":[{"name":"../x"}]}');
  await expect(readSpec(path)).rejects.toThrow();
  await rm(folder, { recursive: true });
});
