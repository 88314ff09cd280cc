/** A download whose process is killed at any moment, or is refused the room that it needs. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { FileServer } from "../downloads/file-server.testing.ts";
import { listAll } from "../images/testing.ts";
import { cleanWorkFolders } from "../lib/work-folder.ts";
import { restoreReplaced } from "./put-release.ts";
import { pathOf, releaseArchive, releaseSite, type StoreWorld, storeWorld } from "./release-world.testing.ts";

/** Downloads in another process, which is killed as `phase` begins. Answers with the code of its problem. */
async function downloadElsewhere(
  { homes }: StoreWorld,
  site: FileServer,
  wish: { killAt?: string; limitBlocks?: number },
) {
  const module = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  const script = `
    import { ReleaseStore } from ${module("release-store.ts")};
    import { KernelReleases } from ${module("releases.ts")};
    const homes = ${JSON.stringify(homes)};
    const kernels = new KernelReleases(homes, "/none");
    const settings = { get: () => ({ kernels: { default: "pith", releaseAddress: ${JSON.stringify(`${site.address}release`)} } }) };
    const events = { publish() {} };
    const store = new ReleaseStore({ homes, kernels, settings, events, tasks: undefined });
    const control = {
      signal: new AbortController().signal,
      phase: (name) => { if (name === ${JSON.stringify(wish.killAt ?? "")}) process.kill(process.pid, "SIGKILL"); },
      advance() {},
      note() {},
    };
    await store.downloading({ kernel: "nightly" })(control).then(() => console.log("done"), (error) => console.log(error.code ?? error));
  `;
  const node = [process.execPath, "--experimental-strip-types", "--no-warnings", "--input-type=module", "-e", script];
  const limit = wish.limitBlocks === undefined ? "" : `ulimit -f ${wish.limitBlocks};`;
  const child = spawn("sh", ["-c", `${limit} exec "$@"`, "sh", ...node], { stdio: ["ignore", "pipe", "inherit"] });
  const [said, [, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { said: said.trim(), signal };
}

async function downloadHere({ store, tasks }: StoreWorld): Promise<string | undefined> {
  const { id } = await store.download("nightly");
  let state: string | undefined;
  for await (const task of tasks.follow(id)) state = task.state;
  return state;
}

/** What the next engine does when it opens. */
const recover = ({ homes }: StoreWorld) =>
  cleanWorkFolders(homes.opsStaging, (folder) => restoreReplaced(homes.ops, folder));

const nightly = pathOf("nightly");

describe("a download whose process", () => {
  it.each(["Downloading", "Unpacking", "Installing"])(
    "is killed in the phase “%s” leaves the old release whole, and nothing half-done once the next engine has cleaned",
    async (killAt) => {
      await using site = await releaseSite();
      using world = await storeWorld(site.address);
      await downloadHere(world);
      const before = await listAll(world.homes.ops);
      site.files.set(nightly, { bytes: await releaseArchive({ mark: "another" }), etag: '"2"' });

      const { signal } = await downloadElsewhere(world, site, { killAt });

      expect(signal).toBe("SIGKILL");
      await recover(world);
      expect(await listAll(world.homes.opsStaging)).toEqual([]);
      expect((await world.kernels.list()).map(({ id }) => id)).toEqual(["pith", "nightly"]);
      expect(await listAll(world.homes.ops)).toEqual(before);
      expect(await downloadHere(world)).toBe("done");
    },
    60_000,
  );

  it("may not write as much as it needs says so and leaves nothing behind", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    const more = [{ name: "klibs/large", content: Buffer.alloc(100_000, "large") }];
    site.files.set(nightly, { bytes: await releaseArchive({ more }), etag: '"2"' });

    const { said } = await downloadElsewhere(world, site, { limitBlocks: 20 });

    expect(said).toBe("disk.write-failed");
    expect(await listAll(world.homes.opsStaging)).toEqual([]);
    expect(await listAll(world.homes.downloads)).toEqual([]);
    expect((await world.kernels.list()).map(({ id }) => id)).toEqual(["pith"]);
  }, 60_000);
});

describe("a release that was to be replaced", () => {
  it("comes back where the process died between the two renames", async () => {
    await using site = await releaseSite();
    using world = await storeWorld(site.address);
    await downloadHere(world);
    const work = join(world.homes.opsStaging, `kernel-${process.pid}-abc`);
    mkdirSync(work, { recursive: true });
    renameSync(join(world.homes.ops, "nightly"), join(work, "replaced-nightly"));
    expect((await world.kernels.list()).map(({ id }) => id)).toEqual(["pith"]);

    await recover(world);

    expect((await world.kernels.list()).map(({ id }) => id)).toEqual(["pith", "nightly"]);
    expect(existsSync(work)).toBe(false);
  });
});
