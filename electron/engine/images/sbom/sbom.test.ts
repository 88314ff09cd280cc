import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diskOf, treeOf, volumeOf } from "../../formats/disk/make-image.testing.ts";
import { goBuildInfo } from "../../formats/elf/go-build-info.testing.ts";
import { makeElf } from "../../formats/elf/make-elf.ts";
import { Tuple } from "../../formats/tfs/value.ts";
import { buildImage } from "../build.ts";
import { openImage } from "../contents/open-image.ts";
import { temporaryFolder, testTask, testWorld, wishFor } from "../testing.ts";
import { makeSbom, type Sbom } from "./sbom.ts";

async function sbomOf(path: string): Promise<Sbom> {
  await using image = await openImage(path);
  return await makeSbom(image, { name: "app", version: "1.2.3" });
}

function imageOf(folder: string, files: Record<string, Buffer>): string {
  const path = join(folder, "image");
  const boot = volumeOf(treeOf({ kernel: makeElf({}) }), new Tuple(), { withReserves: false });
  writeFileSync(path, diskOf({ boot, root: volumeOf(treeOf(files), Tuple.of([["program", "/app"]])) }));
  return path;
}

const locations = ({ components }: Sbom) =>
  components.flatMap(({ evidence }) => evidence?.occurrences.map(({ location }) => location) ?? []);

describe("a bill of materials", () => {
  it("has the libraries of a program of the host, each once, by package or by digest", async () => {
    using world = testWorld();
    const program = join(world.folder, "dynamic");
    execFileSync("gcc", ["-x", "c", "-o", program, "-"], { input: "int main(void) { return 0; }" });
    const { path } = await buildImage(wishFor({ program }), world, testTask());

    const sbom = await sbomOf(path);

    const loaded = [...execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+) \(/g)];
    expect(locations(sbom)).toEqual(expect.arrayContaining(loaded.map(([, library]) => library)));
    expect(new Set(locations(sbom)).size).toBe(locations(sbom).length);
    for (const { purl, hashes } of sbom.components) expect(purl ?? hashes).toBeDefined();
    const refs = new Set(["image", ...sbom.components.map((component) => component["bom-ref"])]);
    expect(refs.size).toBe(sbom.components.length + 1);
    for (const { ref, dependsOn } of sbom.dependencies)
      for (const one of [ref, ...dependsOn]) expect(refs.has(one), one).toBe(true);
  });

  it("has no package for a library that this machine does not have, or has differently", async () => {
    using folder = temporaryFolder();
    const library = makeElf({ type: 3, soname: "libc.so.6" });
    const here = "/lib/x86_64-linux-gnu/libc.so.6";

    const sbom = await sbomOf(imageOf(folder.path, { app: makeElf({}), [here]: library, "/opt/libmine.so": library }));

    const libraries = sbom.components.filter(({ type }) => type === "library");
    expect(libraries.map(({ name, purl, hashes }) => [name, purl, hashes?.length])).toEqual([
      ["libc.so.6", undefined, 1],
      ["libmine.so", undefined, 1],
    ]);
  });

  it("has the modules of a Go program and its standard library, and what is no library it leaves out", async () => {
    using folder = temporaryFolder();
    const lines = ["mod\texample.com/app\t(devel)\t", "dep\tgolang.org/x/net\tv0.30.0+incompatible\th1:abc="];
    const app = makeElf({ sections: { ".go.buildinfo": goBuildInfo("go1.26.1 X:nocoverageredesign", lines) } });

    const sbom = await sbomOf(imageOf(folder.path, { app, "/notes.so": Buffer.from("text") }));

    expect(sbom.components.map(({ type, name, version, purl }) => [type, name, version, purl])).toEqual([
      ["operating-system", "kernel", undefined, undefined],
      ["application", "app", undefined, undefined],
      ["library", "example.com/app", undefined, "pkg:golang/example.com/app"],
      ["library", "golang.org/x/net", "v0.30.0+incompatible", "pkg:golang/golang.org/x/net@v0.30.0%2Bincompatible"],
      ["library", "stdlib", "1.26.1", "pkg:golang/stdlib@1.26.1"],
    ]);
  });

  it("is the same each time", async () => {
    using folder = temporaryFolder();
    const path = imageOf(folder.path, { app: makeElf({}) });

    expect(JSON.stringify(await sbomOf(path))).toBe(JSON.stringify(await sbomOf(path)));
  });
});
