import { chmodSync, copyFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EventHub } from "../lib/event-hub.ts";
import { buildImage } from "./build.ts";
import { setImageModes } from "./image-mode.ts";
import { ImageStore } from "./store.ts";
import { testTask, testWorld, wishFor } from "./testing.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("an image", () => {
  it.each([
    [false, 0o600],
    [true, 0o644],
  ])(
    "that is built with sharing %s is so from its first moment, beside OPS's and where it was asked for",
    async (isShared, mode) => {
      using world = testWorld();
      const context = { ...world, isShared };

      const umask = process.umask(isShared ? 0o077 : 0);
      const kept = await buildImage(wishFor(), context, testTask());
      process.umask(umask);
      const out = await buildImage(wishFor({ out: join(world.folder, "out.img") }), context, testTask());

      expect([kept.path, out.path].map(modeOf)).toEqual([mode, mode]);
    },
  );

  it("of ours gets the permissions of the settings; those of OPS and links keep theirs", async () => {
    using world = testWorld();
    const ours = await buildImage(wishFor({ name: "ours" }), world, testTask());
    const linked = await buildImage(wishFor({ name: "linked" }), world, testTask());
    const [opss, elsewhere] = [join(world.homes.images, "opss"), join(world.folder, "elsewhere")];
    copyFileSync(ours.path, opss);
    copyFileSync(linked.path, elsewhere);
    rmSync(linked.path);
    symlinkSync(elsewhere, linked.path);
    for (const path of [ours.path, opss, elsewhere]) chmodSync(path, 0o644);
    const store = new ImageStore(world.homes, new EventHub());
    const modes = () => [ours.path, opss, elsewhere].map(modeOf);

    await setImageModes(await store.list(), false);
    expect(modes()).toEqual([0o600, 0o644, 0o644]);

    await setImageModes(await store.list(), true);
    expect(modes()).toEqual([0o644, 0o644, 0o644]);
    await store.close();
  });
});
