import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPartition, withDisk } from "../formats/disk/disk.ts";
import { toText } from "../formats/tfs/value.ts";
import { findNode, walkTree } from "../formats/tfs/volume.ts";
import { buildImage } from "./build.ts";
import { copyOut } from "./contents/copy-out.ts";
import { listEntries } from "./contents/entries.ts";
import { type TestWorld, testTask, testWorld, wishFor } from "./testing.ts";

const modes = {
  key: 0o600,
  "sub/script": 0o700,
  "sub/read": 0o400,
  usual: 0o644,
  run: 0o755,
  group: 0o640,
  all: 0o666,
  suid: 0o4755,
};

/** A folder of files with these modes, and a folder `own` that is its owner's alone. */
function secrets({ folder }: TestWorld): string {
  const host = join(folder, "secrets");
  mkdirSync(join(host, "sub"), { recursive: true });
  mkdirSync(join(host, "own"));
  writeFileSync(join(host, "own/inside"), "x");
  for (const [path, mode] of Object.entries(modes)) {
    writeFileSync(join(host, path), path);
    chmodSync(join(host, path), mode);
  }
  chmodSync(join(host, "own"), 0o500);
  chmodSync(join(host, "sub"), 0o1777);
  return host;
}

async function built(world: TestWorld) {
  const host = secrets(world);
  const spec = wishFor({
    folders: [{ host, guest: "/etc/app" }],
    files: [{ host: join(host, "key"), guest: "/host.key" }],
  });
  return (await buildImage(spec, world, testTask())).path;
}

describe("permissions of host files", () => {
  it("are kept where only the owner may come near, or set-id and sticky bits are set, and nowhere else", async () => {
    using world = testWorld();

    const path = await built(world);

    await withDisk(path, async (disk) => {
      const root = await openPartition(disk, disk.root);
      const kept = [...walkTree(root)].flatMap(({ path, node }) => {
        const mode = node.get("mode");
        return mode === undefined ? [] : [[toText(path), mode]];
      });
      // Decimal texts, as OPS writes its numbers.
      expect(Object.fromEntries(kept)).toEqual({
        "/etc/app/key": "384",
        "/etc/app/own": "320",
        "/etc/app/sub": String(0o1777),
        "/etc/app/sub/read": "256",
        "/etc/app/sub/script": "448",
        "/etc/app/suid": String(0o4755),
        "/host.key": "384",
      });
      const listed = [...listEntries(root, { path: "/etc/app", node: findNode(root, "/etc/app") ?? root.root }, false)];
      expect(listed.map(({ path, mode }) => [path, mode])).toEqual(
        expect.arrayContaining([
          ["/etc/app/key", 0o600],
          ["/etc/app/usual", undefined],
        ]),
      );
    });
  });

  it("come back on copying out, but no right that the host did not give", async () => {
    using world = testWorld();
    const path = await built(world);
    const to = join(world.folder, "out");

    await withDisk(path, async (disk) => {
      const root = await openPartition(disk, disk.root);
      const node = findNode(root, "/etc/app") ?? root.root;
      await copyOut(root, { found: [{ node, path: "/etc/app" }], to, force: false }, testTask());
    });

    const permissionsOf = (name: string) => statSync(join(to, name)).mode & 0o7777;
    const names = ["key", "sub/script", "sub/read", "own", "suid", "sub"];
    expect(names.map(permissionsOf)).toEqual([0o600, 0o700, 0o400, 0o500, 0o755, 0o755]);
    chmodSync(join(to, "own"), 0o700);
  });
});
