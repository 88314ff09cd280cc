import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { BuildSpec } from "../../../shared/contract/images.ts";
import { buildImage } from "../images/build.ts";
import { type TestWorld, testTask, testWorld, tiny, wishFor } from "../images/testing.ts";
import { manifest, treeOf } from "../images/testing-built.ts";
import { placeProgram } from "./program-place.ts";

const StartOf = z.object({ program: z.string(), arguments: z.array(z.string()) });

/** Where the program is, what it is called, and every file that has its contents. */
async function built(world: TestWorld, spec: Partial<BuildSpec>) {
  const { path } = await buildImage(wishFor(spec), world, testTask());
  const { program, arguments: words } = StartOf.parse(await manifest(path));
  const kept = (await treeOf(path)).filter((guest) => /\/(exe|renamed)$/.test(guest) && !guest.includes(" -> "));
  return { program, first: words[0], kept };
}

/** `sub/exe` and `kit/bin/exe`, and a link `kit/run` to that. */
function programsIn({ folder }: TestWorld): string {
  const root = join(folder, "work");
  for (const path of ["sub/exe", "kit/bin/exe"]) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    copyFileSync(tiny, join(root, path));
  }
  symlinkSync("bin/exe", join(root, "kit/run"));
  return root;
}

describe("a program that was typed", () => {
  it.each([
    ["sub/exe", "/sub/exe"],
    ["./sub/../sub/exe", "/sub/exe"],
    ["../up/exe", "/up/exe"],
    ["/srv/x/exe", "/srv/x/exe"],
    ["/proc/1/cwd/exe", "/exe"],
    ["./exe", "/exe"],
    ["lib", "/bin/lib"],
  ])("as %s stands at %s", async (typedProgram, path) => {
    const place = await placeProgram({ program: "/nowhere/exe", typedProgram, files: [], folders: [] });

    expect(place.path).toBe(path);
  });

  it("keeps its path and its name", async () => {
    using world = testWorld();
    const root = programsIn(world);

    const image = await built(world, { program: join(root, "sub/exe"), typedProgram: "sub/exe" });

    expect(image).toEqual({ program: "/sub/exe", first: "sub/exe", kept: ["/sub/exe"] });
  });

  it("is called by its path where the working folder makes another file of its name", async () => {
    using world = testWorld();
    const root = programsIn(world);
    const passthrough = { cwd: "/data" };

    const image = await built(world, {
      program: join(root, "sub/exe"),
      typedProgram: "sub/exe",
      manifest: { passthrough },
    });

    expect(image).toMatchObject({ program: "/sub/exe", first: "/sub/exe" });
  });
});

describe("a program that nobody typed", () => {
  it.each([
    ["/usr/lib/x/exe", "/usr/lib/x/exe"],
    ["/opt/kit/bin/exe", "/opt/kit/bin/exe"],
    ["/srv/exe", "/exe"],
    [join(homedir(), "exe"), "/exe"],
  ])("at %s stands at %s", async (program, path) => {
    expect((await placeProgram({ program, files: [], folders: [] })).path).toBe(path);
  });

  it("gives the same image to the byte, wherever its folder is", async () => {
    using world = testWorld();
    const root = programsIn(world);

    expect(await built(world, { program: join(root, "sub/exe") })).toEqual({
      program: "/exe",
      first: "exe",
      kept: ["/exe"],
    });
  });
});

describe("a program that is among the files that are added", () => {
  it("stands where its folder puts it, once, and is called by that path", async () => {
    using world = testWorld();
    const root = programsIn(world);

    const image = await built(world, {
      program: join(root, "kit/bin/exe"),
      typedProgram: "kit/bin/exe",
      folders: [{ host: join(root, "kit"), guest: "/srv/kit" }],
    });

    expect(image).toEqual({ program: "/srv/kit/bin/exe", first: "/srv/kit/bin/exe", kept: ["/srv/kit/bin/exe"] });
  });

  it("stands where it is placed as a file, under another name too", async () => {
    using world = testWorld();
    const host = join(programsIn(world), "sub/exe");

    const image = await built(world, { program: host, files: [{ host, guest: "/opt/renamed" }] });

    expect(image).toEqual({ program: "/opt/renamed", first: "/opt/renamed", kept: ["/opt/renamed"] });
  });

  it("is run by its file where a link there was named, and called by the link", async () => {
    using world = testWorld();
    const root = programsIn(world);

    const image = await built(world, {
      program: join(root, "kit/run"),
      typedProgram: "kit/run",
      folders: [{ host: join(root, "kit"), guest: "/kit" }],
    });

    expect(image).toEqual({ program: "/kit/bin/exe", first: "kit/run", kept: ["/kit/bin/exe"] });
  });

  it("goes elsewhere where somebody says so", async () => {
    using world = testWorld();
    const host = join(programsIn(world), "sub/exe");

    const image = await built(world, { program: host, typedProgram: "sub/exe", programPath: "/a/b/" });

    expect(image).toEqual({ program: "/a/b/exe", first: "/a/b/exe", kept: ["/a/b/exe"] });
  });
});

it("a link to a program of the system leads to it in the guest too, as in a virtual environment of Python", async () => {
  using world = testWorld();
  const host = join(world.folder, "venv");
  mkdirSync(join(host, "bin"), { recursive: true });
  symlinkSync("/usr/bin/env", join(host, "bin/run"));

  const place = await placeProgram({
    program: join(host, "bin/run"),
    typedProgram: "venv/bin/run",
    files: [],
    folders: [{ host, guest: "/srv/venv" }],
  });

  expect(place).toEqual({ path: "/usr/bin/env", link: "/srv/venv/bin/run", firstArgument: "/srv/venv/bin/run" });
});
