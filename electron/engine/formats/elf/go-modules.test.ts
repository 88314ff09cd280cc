import { describe, expect, it } from "vitest";
import { memorySource } from "../byte-source.ts";
import { goBuildInfo } from "./go-build-info.testing.ts";
import { readGoBuildInfo } from "./go-modules.ts";
import { readTables } from "./header.ts";
import { makeElf } from "./make-elf.ts";

async function read(section: Buffer | undefined) {
  const source = memorySource(makeElf(section ? { sections: { ".go.buildinfo": section } } : {}));
  return await readGoBuildInfo(source, (await readTables(source)).sections);
}

const modules = [
  "path\texample.com/app/cmd",
  "mod\texample.com/app\tv0.3.0\t",
  "dep\tgolang.org/x/net\tv0.30.0\th1:abc=",
  "dep\texample.com/forked\tv1.0.0",
  "=>\texample.com/fork\tv1.0.1\th1:def=",
  "dep\texample.com/local\tv1.2.3",
  "=>\t./lib\t(devel)\t",
  "build\tCGO_ENABLED=0",
];

describe("the build information of a Go program", () => {
  it("names its modules, those that took the place of others, and not folders of the builder", async () => {
    expect(await read(goBuildInfo("go1.26.1", modules))).toEqual({
      version: "go1.26.1",
      main: { path: "example.com/app", version: "v0.3.0" },
      dependencies: [
        { path: "golang.org/x/net", version: "v0.30.0" },
        { path: "example.com/fork", version: "v1.0.1" },
        { path: "example.com/local", version: "v1.2.3" },
      ],
    });
  });

  it("may be the version alone, and may be longer than a varint of one byte", async () => {
    expect(await read(goBuildInfo("go1.18", []))).toEqual({ version: "go1.18", main: undefined, dependencies: [] });
    const many = Array.from({ length: 500 }, (_, index) => `dep\texample.com/m${index}\tv1.0.0`);
    expect((await read(goBuildInfo("go1.26.1", many)))?.dependencies.length).toBe(500);
  });

  it.each([
    ["no section", undefined],
    ["another magic", Buffer.alloc(64, "x")],
    ["pointers, as before Go 1.18", goBuildInfo("go1.17", [], { flags: 0 })],
    ["its end missing", goBuildInfo("go1.26.1", modules).subarray(0, 36)],
    ["a length without end", Buffer.concat([goBuildInfo("go1.26.1", []).subarray(0, 32), Buffer.alloc(20, 0xff)])],
    ["a version that is none", goBuildInfo("\x1b[31m", [])],
  ])("is none with %s", async (_, section) => {
    expect(await read(section)).toBeUndefined();
  });
});
