/** A kernel release that says one line: the real boot.img, and the kernel of e2e/kernels/say.S. */

import { execFileSync } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { root, type World } from "./world.ts";

/** Makes the release in the world's folder; its path. */
export async function makeRelease(world: World): Promise<string> {
  const folder = world.path("release");
  const object = world.path("say.o");
  await mkdir(join(folder, "klibs"), { recursive: true });
  await copyFile(join(root, "kernel/build/release/boot.img"), join(folder, "boot.img"));
  execFileSync("gcc", ["-c", "-o", object, join(root, "e2e/kernels/say.S")]);
  const layout = [
    "-Ttext-segment=0x200000",
    "-z",
    "noseparate-code",
    "-e",
    "start",
    "-z",
    "noexecstack",
    "--build-id=none",
  ];
  execFileSync("ld", ["-static", ...layout, "-o", join(folder, "kernel.img"), object]);
  return folder;
}
