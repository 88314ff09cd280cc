import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ElfOptions, makeElf } from "../formats/elf/make-elf.ts";
import { temporaryFolder } from "../images/testing.ts";
import { resolveLibraries } from "./libraries.ts";
import { parseLoaderCache } from "./library-path.ts";
import { readProgram } from "./program.ts";

const GLIBC = "/lib64/ld-linux-x86-64.so.2";
const MUSL = "/lib/ld-musl-x86_64.so.1";

/** Writes a shared library, or with an interpreter a program. */
function put(path: string, spec: ElfOptions): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, makeElf({ type: 3, ...spec }));
  return path;
}

async function resolve(path: string, guestPath = "/program") {
  const { libraries } = await resolveLibraries(await readProgram(path), guestPath);
  // The interpreter comes first, and is the host's or none.
  return libraries.slice(1).map(({ file: _, ...library }) => library);
}

describe("libraries", () => {
  it("are found by RUNPATH, for the object that has it alone", async () => {
    using folder = temporaryFolder();
    const lib = join(folder.path, "lib");
    put(join(lib, "liba.so"), { soname: "liba.so", needed: ["libb.so"] });
    put(join(lib, "libb.so"), { soname: "libb.so" });
    const program = put(join(folder.path, "program"), { interpreter: GLIBC, needed: ["liba.so"], runpath: lib });

    const [a, b] = await resolve(program);

    expect(a).toMatchObject({
      name: "liba.so",
      found: true,
      hostPath: join(lib, "liba.so"),
      guestPath: join(lib, "liba.so"),
    });
    expect(b).toMatchObject({ name: "libb.so", found: false, neededBy: ["liba.so"] });
    expect(b?.searched).not.toContain(join(lib, "libb.so"));
    expect(b?.searched).toContain("/lib/x86_64-linux-gnu/libb.so");
  });

  it("are found by RPATH, for all that the object loads", async () => {
    using folder = temporaryFolder();
    const lib = join(folder.path, "lib");
    put(join(lib, "liba.so"), { soname: "liba.so", needed: ["libb.so"] });
    put(join(lib, "libb.so"), { soname: "libb.so", needed: ["liba.so"] });
    const program = put(join(folder.path, "program"), { interpreter: GLIBC, needed: ["liba.so"], rpath: lib });

    const found = await resolve(program);

    expect(found.map(({ name, found, neededBy }) => [name, found, neededBy])).toEqual([
      ["liba.so", true, ["program", "libb.so"]],
      ["libb.so", true, ["liba.so"]],
    ]);
  });

  it("beside the program are looked for beside it in the guest too", async () => {
    using folder = temporaryFolder();
    put(join(folder.path, "lib/liba.so"), { soname: "liba.so", needed: ["libb.so"], runpath: `\${ORIGIN}/more` });
    put(join(folder.path, "lib/more/libb.so"), { soname: "libb.so" });
    const program = put(join(folder.path, "program"), {
      interpreter: GLIBC,
      needed: ["liba.so"],
      runpath: "$ORIGIN/lib",
    });

    const found = await resolve(program, "/bin/program");

    expect(found.map(({ hostPath, guestPath }) => [hostPath, guestPath])).toEqual([
      [join(folder.path, "lib/liba.so"), "/bin/lib/liba.so"],
      [join(folder.path, "lib/more/libb.so"), "/bin/lib/more/libb.so"],
    ]);
  });

  it("of other machines, and what is no library, are passed over", async () => {
    using folder = temporaryFolder();
    const [arm, text, right] = ["arm", "text", "right"].map((name) => join(folder.path, name));
    put(join(arm ?? "", "liba.so"), { machine: 183 });
    mkdirSync(join(text ?? "", "liba.so"), { recursive: true });
    put(join(right ?? "", "liba.so"), { soname: "liba.so" });
    const runpath = [arm, text, right].join(":");
    const program = put(join(folder.path, "program"), { interpreter: GLIBC, needed: ["liba.so"], runpath });

    expect(await resolve(program)).toMatchObject([{ found: true, hostPath: join(right ?? "", "liba.so") }]);
  });

  it("named by a path are looked for there alone", async () => {
    using folder = temporaryFolder();
    const program = put(join(folder.path, "program"), { interpreter: GLIBC, needed: [join(folder.path, "liba.so")] });

    expect(await resolve(program)).toMatchObject([{ found: false, searched: [join(folder.path, "liba.so")] }]);
  });

  it("that are musl itself are no libraries to musl, and its paths are its own", async () => {
    using folder = temporaryFolder();
    const needed = ["libc.so", "libpthread.so", "libc.musl-x86_64.so.1", "libmissing.so"];
    const program = put(join(folder.path, "program"), { interpreter: MUSL, needed });

    const [missing, ...others] = await resolve(program);

    expect(others).toEqual([]);
    expect(missing?.searched).toEqual(expect.arrayContaining(["/lib/libmissing.so", "/usr/local/lib/libmissing.so"]));
    expect(missing?.searched).not.toContain("/lib64/libmissing.so");
  });

  it("beside a program of musl at the root stand where its loader looks: to it, $ORIGIN is nowhere there", async () => {
    using folder = temporaryFolder();
    for (const path of ["liba.so", "lib/libb.so"]) put(join(folder.path, path), {});
    const needed = ["liba.so", "libb.so"];
    const program = put(join(folder.path, "program"), { interpreter: MUSL, needed, runpath: "$ORIGIN:$ORIGIN/lib" });

    const places = async (guest: string) => (await resolve(program, guest)).map(({ guestPath }) => guestPath);

    expect(await places("/program")).toEqual(["/lib/liba.so", "/lib/libb.so"]);
    expect(await places("/bin/program")).toEqual(["/bin/liba.so", "/bin/lib/libb.so"]);
  });

  it("without end are cut off", async () => {
    using folder = temporaryFolder();
    const needed = Array.from({ length: 3000 }, (_, index) => `lib${index}.so`);
    const program = put(join(folder.path, "program"), { interpreter: GLIBC, needed, runpath: "/none" });

    expect((await resolve(program)).length).toBe(2000);
  });

  it("of a program of the host's compiler are those that its loader takes", async () => {
    using folder = temporaryFolder();
    const source = join(folder.path, "main.c");
    writeFileSync(source, "#include <math.h>\nint main(int c, char **v) { return (int)cos(c); }\n");
    const program = join(folder.path, "program");
    execFileSync("gcc", ["-o", program, source, "-Wl,--no-as-needed", "-lm"]);

    const { libraries } = await resolveLibraries(await readProgram(program), "/program");

    // `ldd` asks the loader itself: NAME => PATH (ADDRESS).
    const listed = execFileSync("ldd", [program], { encoding: "utf8" });
    const expected = [...listed.matchAll(/^\s+(\S+) => (\/\S+) /gm)].map(([, name, path]) => [name, path]);
    expect(expected.length).toBeGreaterThan(1);
    expect(
      libraries
        .slice(1)
        .map(({ name, hostPath }) => [name, hostPath])
        .sort(),
    ).toEqual(expected.sort());
    expect(libraries[0]).toMatchObject({ found: true, guestPath: libraries[0]?.hostPath });
  });

  it("of a static program are none", async () => {
    using folder = temporaryFolder();

    const program = await readProgram(put(join(folder.path, "p"), { type: 2 }));

    expect((await resolveLibraries(program, "/p")).libraries).toEqual([]);
  });
});

describe("the loader's cache", () => {
  /** In the format of glibc 2.2 and later: a header of 48 bytes, entries of 24, strings. */
  function cacheOf(entries: [name: string, path: string, flags: number][], count = entries.length): Buffer {
    const head = Buffer.alloc(48 + 24 * entries.length);
    head.write("glibc-ld.so.cache1.1");
    head.writeUInt32LE(count, 20);
    let text = "";
    entries.forEach(([name, path, flags], index) => {
      const at = 48 + 24 * index;
      head.writeUInt32LE(flags, at);
      head.writeUInt32LE(head.length + text.length, at + 4);
      text += `${name}\0`;
      head.writeUInt32LE(head.length + text.length, at + 8);
      text += `${path}\0`;
    });
    return Buffer.concat([head, Buffer.from(text)]);
  }
  const X86_64 = 0x303;
  const I386 = 0x3;

  it("tells where libraries for x86-64 are", () => {
    const cache = cacheOf([
      ["liba.so", "/lib32/liba.so", I386],
      ["liba.so", "/first/liba.so", X86_64],
      ["liba.so", "/second/liba.so", X86_64],
    ]);

    expect([...parseLoaderCache(cache)]).toEqual([["liba.so", "/first/liba.so"]]);
    expect([...parseLoaderCache(Buffer.concat([Buffer.from("ld.so-1.7.0\0 old format "), cache]))]).toEqual([
      ["liba.so", "/first/liba.so"],
    ]);
  });

  it("that is damaged tells what it can", () => {
    const cache = cacheOf([["liba.so", "/lib/liba.so", X86_64]], 0xffffffff);

    expect(parseLoaderCache(cache).size).toBe(1);
    for (let length = 0; length < cache.length; length++) parseLoaderCache(cache.subarray(0, length));
    expect(parseLoaderCache(Buffer.from("something else")).size).toBe(0);
  });
});
