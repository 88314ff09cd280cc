/** The resolver against the loaders themselves: programs of the host's compilers, and what `ldd` says of them. */

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import { type ResolvedLibrary, type ResolveOptions, resolveLibraries } from "./libraries.ts";
import { libraryFindings, libraryProblem } from "./library-findings.ts";
import { readProgram } from "./program.ts";

const MUSL_LOADER = "/lib/ld-musl-x86_64.so.1";

/** A folder with a compiler in it. */
function workshop() {
  const folder = temporaryFolder();
  const at = (path: string) => join(folder.path, path);
  const compile = (to: string, source: string, options: string[] = [], compiler = "gcc"): string => {
    mkdirSync(dirname(at(to)), { recursive: true });
    writeFileSync(at("source.c"), source);
    execFileSync(compiler, ["-o", at(to), "-xc", at("source.c"), "-xnone", ...options], { stdio: "pipe" });
    return at(to);
  };
  return {
    at,
    program: (source: string, options: string[] = [], compiler = "gcc") =>
      compile("program", source, options, compiler),
    library: (to: string, source = "", options: string[] = [], compiler = "gcc") =>
      compile(to, source, ["-shared", "-fPIC", ...options], compiler),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** The program itself, not a script in its place. */
function findBinary(name: string): string {
  const paths = execFileSync("which", ["-a", name], { encoding: "utf8" }).trim().split("\n");
  const found = paths
    .map((path) => realpathSync(path))
    .find((path) => readFileSync(path).subarray(1, 4).toString() === "ELF");
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

async function resolve(program: string, options?: ResolveOptions): Promise<ResolvedLibrary[]> {
  return (await resolveLibraries(await readProgram(program), "/program", options)).libraries;
}

/** Name and path of what the loader itself loads: lines `NAME => PATH (ADDRESS)`. */
function told(program: string, loader?: string): [string | undefined, string | undefined][] {
  const args = loader === undefined ? [] : ["--list", program];
  const { stdout } = spawnSync(loader ?? program, args, {
    encoding: "utf8",
    env: { ...process.env, LD_TRACE_LOADED_OBJECTS: loader === undefined ? "1" : undefined },
  });
  return [...stdout.matchAll(/^\s+(\S+) => (\/\S+) /gm)].map(([, name, path]) => [name, path]);
}

const pathsOf = (libraries: readonly ResolvedLibrary[]) =>
  libraries.filter(({ optional }) => !optional).map(({ name, hostPath }) => [name, hostPath]);
const byName = (libraries: readonly ResolvedLibrary[], name: string) => libraries.find((one) => one.name === name);

const MAIN = "int main(void) { return 0; }";
const linked = (...names: string[]) => ["-Wl,--no-as-needed", ...names.map((name) => `-l${name}`)];

describe("the resolver finds what the loader finds", () => {
  it.each(["bash", "gcc", "ld", "python3", "qemu-system-x86_64"])("for %s", async (name) => {
    const program = findBinary(name);
    const expected = told(program);
    expect(expected.length).toBeGreaterThan(0);

    const libraries = await resolve(program);

    expect(pathsOf(libraries).slice(1).sort()).toEqual(expected.sort());
  });

  it("with $ORIGIN, $LIB and $PLATFORM in the RUNPATH", async () => {
    using shop = workshop();
    shop.library("own/liba.so");
    shop.library("sys/lib/x86_64-linux-gnu/libb.so");
    // What a processor is called depends on the machine that this runs on.
    for (const processor of ["x86_64", "haswell", "xeon_phi"]) shop.library(`cpu/${processor}/libc1.so`);
    const folders = ["own", "sys/lib/x86_64-linux-gnu", "cpu/x86_64"].map((path) => `-L${shop.at(path)}`);
    const runpath = `-Wl,-rpath,$ORIGIN/own:${shop.at("sys")}/\${LIB}:$ORIGIN/cpu/$PLATFORM`;
    const program = shop.program(MAIN, [...folders, ...linked("a", "b", "c1"), runpath]);

    const libraries = await resolve(program);

    const isOfProcessor = ([name]: readonly unknown[]) => name === "libc1.so";
    const others = told(program).filter((one) => !isOfProcessor(one));
    expect(
      pathsOf(libraries)
        .slice(1)
        .filter((one) => !isOfProcessor(one))
        .sort(),
    ).toEqual(others.sort());
    expect(byName(libraries, "liba.so")).toMatchObject({ found: true, foundBy: "runpath", guestPath: "/own/liba.so" });
    const ofProcessor = byName(libraries, "libc1.so");
    expect(ofProcessor?.guestPath).toBe("/cpu/x86_64/libc1.so");
    expect(ofProcessor?.variants?.map(({ guestPath }) => guestPath)).toEqual([
      "/cpu/haswell/libc1.so",
      "/cpu/xeon_phi/libc1.so",
    ]);
    const [, taken] = told(program).find(isOfProcessor) ?? [];
    expect([ofProcessor, ...(ofProcessor?.variants ?? [])].map((one) => one?.hostPath)).toContain(taken);
  });

  it("with an RPATH that holds for what libraries load, and a RUNPATH that does not", async () => {
    using shop = workshop();
    shop.library("deep/libdeep.so");
    shop.library("own/libmid.so", "", [`-L${shop.at("deep")}`, ...linked("deep")]);
    const own = [`-L${shop.at("own")}`, ...linked("mid"), `-Wl,-rpath-link,${shop.at("deep")}`];
    const search = `-Wl,-rpath,${shop.at("own")}:${shop.at("deep")}`;

    const byRpath = shop.program(MAIN, [...own, search, "-Wl,--disable-new-dtags"]);
    expect(
      pathsOf(await resolve(byRpath))
        .slice(1)
        .sort(),
    ).toEqual(told(byRpath).sort());
    expect(byName(await resolve(byRpath), "libdeep.so")).toMatchObject({ found: true, foundBy: "rpath" });

    const byRunpath = shop.program(MAIN, [...own, search, "-Wl,--enable-new-dtags"]);
    expect(told(byRunpath).map(([name]) => name)).not.toContain("libdeep.so");
    expect(byName(await resolve(byRunpath), "libdeep.so")).toMatchObject({ found: false, neededBy: ["libmid.so"] });
  });

  it("in the folders for better processors, which go into the image beside the one for all", async () => {
    using shop = workshop();
    shop.library("lib/libfast.so", "", ["-Wl,-soname,libfast.so"]);
    for (const level of ["v2", "v3"]) shop.library(`lib/glibc-hwcaps/x86-64-${level}/libfast.so`);
    const program = shop.program(MAIN, [`-L${shop.at("lib")}`, ...linked("fast"), "-Wl,-rpath,$ORIGIN/lib"]);

    const fast = byName(await resolve(program), "libfast.so");

    expect(fast).toMatchObject({ hostPath: shop.at("lib/libfast.so"), guestPath: "/lib/libfast.so" });
    expect(fast?.variants?.map(({ guestPath }) => guestPath)).toEqual([
      "/lib/glibc-hwcaps/x86-64-v3/libfast.so",
      "/lib/glibc-hwcaps/x86-64-v2/libfast.so",
    ]);
    const [, taken] = told(program).find(([name]) => name === "libfast.so") ?? [];
    expect([fast?.hostPath, ...(fast?.variants ?? []).map(({ hostPath }) => hostPath)]).toContain(taken);
  });

  it("but not in the loader's own folders where the program forbids it", async () => {
    using shop = workshop();
    const program = shop.program(MAIN, ["-Wl,-z,nodefaultlib"]);

    expect(spawnSync(program).status).toBe(127);
    expect(byName(await resolve(program), "libc.so.6")).toMatchObject({ found: false });
  });

  it("by musl's rules for a program of musl", async () => {
    using shop = workshop();
    shop.library("lib/libdeep.so", "", [], "musl-gcc");
    shop.library("lib/liba.so", "", [`-L${shop.at("lib")}`, ...linked("deep")], "musl-gcc");
    const options = [`-L${shop.at("lib")}`, ...linked("a"), `-Wl,-rpath-link,${shop.at("lib")}`];
    const program = shop.program(MAIN, [...options, "-Wl,-rpath,$ORIGIN/lib"], "musl-gcc");

    const libraries = await resolve(program);

    // Its own C library is the loader.
    const expected = told(program, MUSL_LOADER).filter(([name]) => name !== "libc.so");
    expect(pathsOf(libraries).slice(1).sort()).toEqual(expected.sort());
    expect(libraries[0]).toMatchObject({ guestPath: MUSL_LOADER, found: true });
  });
});

describe("versions of symbols", () => {
  it("that a library lacks keep the program from starting, here as in the guest", async () => {
    using shop = workshop();
    writeFileSync(shop.at("old.map"), "V_1 { global: one; };");
    writeFileSync(shop.at("new.map"), "V_1 { global: one; }; V_2 { global: two; } V_1;");
    const source = "int one(void) { return 1; }\nint two(void) { return 2; }";
    const withMap = (map: string) => [`-Wl,--version-script=${shop.at(map)}`, "-Wl,-soname,libv.so"];
    shop.library("libv.so", source, withMap("new.map"));
    const main = "int one(void), two(void); int main(void) { return one() + two(); }";
    const program = shop.program(main, [`-L${shop.at("")}`, "-lv", "-Wl,-rpath,$ORIGIN"]);

    expect(libraryProblem("program", await resolve(program))).toBeUndefined();
    shop.library("libv.so", source, withMap("old.map"));
    const libraries = await resolve(program);

    expect(spawnSync(program, { encoding: "utf8" }).stderr).toContain("version `V_2' not found");
    expect(byName(libraries, "libv.so")?.lacks).toEqual([{ version: "V_2", neededBy: ["program"] }]);
    expect(libraryFindings(libraries)).toMatchObject([{ level: "error", rule: "library-version" }]);
    expect(libraryProblem("program", libraries)).toMatchObject({
      code: "elf.missing-libraries",
      message: "program needs other library versions than the installed ones: V_2",
    });
  });
});

describe("a folder that stands for a system", () => {
  /** A root with the C library in a place of its own, reached by absolute links as distributions have them. */
  function makeSystem(shop: ReturnType<typeof workshop>, program: string): string {
    const root = shop.at("root");
    const place = (path: string) => join(root, path);
    mkdirSync(place("usr/lib/own"), { recursive: true });
    mkdirSync(place("etc/ld.so.conf.d"), { recursive: true });
    const loader = "/lib64/ld-linux-x86-64.so.2";
    const [, libc = ""] = told(program).find(([name]) => name === "libc.so.6") ?? [];
    copyFileSync(libc, place("usr/lib/own/libc.so.6"));
    copyFileSync(loader, place("usr/lib/own/loader"));
    mkdirSync(place("lib64"));
    symlinkSync("/usr/lib/own/loader", place(loader));
    writeFileSync(place("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n");
    writeFileSync(place("etc/ld.so.conf.d/a.conf"), "# first\n/usr/lib/own\n");
    return root;
  }

  it("has its own configuration and links, and comes before this machine", async () => {
    using shop = workshop();
    const program = shop.program(MAIN, linked("m"));
    const sysroot = makeSystem(shop, program);

    const libraries = await resolve(program, { sysroot });

    expect(libraries[0]).toMatchObject({
      hostPath: join(sysroot, "usr/lib/own/loader"),
      guestPath: "/lib64/ld-linux-x86-64.so.2",
    });
    expect(byName(libraries, "libc.so.6")).toMatchObject({
      hostPath: join(sysroot, "usr/lib/own/libc.so.6"),
      guestPath: "/lib/x86_64-linux-gnu/libc.so.6",
      foundBy: "configuration",
    });
    // Not in that system: from the host.
    expect(byName(libraries, "libm.so.6")?.hostPath).toMatch(/^\/(usr\/)?lib/);
  });

  it("with links that go in circles is no trap", async () => {
    using shop = workshop();
    const program = shop.program(MAIN);
    mkdirSync(shop.at("root"));
    symlinkSync("/lib64", shop.at("root/lib64"));

    const libraries = await resolve(program, { sysroot: shop.at("root") });

    expect(libraries[0]?.found).toBe(true);
  });
});

describe("what a program opens while it runs", () => {
  it("is added for names of hosts and users, and for threads that end", async () => {
    using shop = workshop();
    const names = shop.program("#include <netdb.h>\nint main(void) { return getaddrinfo(0, 0, 0, 0); }");
    const optional = async () => (await resolve(names)).filter((one) => one.optional).map(({ name }) => name);
    expect(await optional()).toEqual(expect.arrayContaining(["libnss_dns.so.2", "libnss_files.so.2"]));

    shop.program("#include <pthread.h>\nint main(void) { pthread_exit(0); }", ["-pthread"]);
    expect(await optional()).toEqual(["libgcc_s.so.1"]);

    shop.program(MAIN);
    expect(await optional()).toEqual([]);
  });

  it("is told of programs that convert characters, be it in a library", async () => {
    using shop = workshop();
    const source = '#include <iconv.h>\nvoid *open_it(void) { return iconv_open("a", "b"); }';
    shop.library("libconv.so", source);
    const program = shop.program(MAIN, [`-L${shop.at("")}`, ...linked("conv"), "-Wl,-rpath,$ORIGIN"]);

    expect(await resolveLibraries(await readProgram(program), "/program")).toMatchObject({ converts: true });
    expect(await resolveLibraries(await readProgram(shop.program(MAIN)), "/program")).toMatchObject({
      converts: false,
    });
  });

  it("adds what the added modules need; what is missing there is no error", async () => {
    using shop = workshop();
    shop.library("plug/libgone.so");
    shop.library("plug/plugin.so", "", [`-L${shop.at("plug")}`, ...linked("m", "gone")]);
    rmSync(shop.at("plug/libgone.so"));
    const program = shop.program(MAIN);

    const modules = [{ hostPath: shop.at("plug/plugin.so"), guestPath: "/plug/plugin.so" }];
    const libraries = await resolve(program, { modules });

    expect(byName(libraries, "libm.so.6")).toMatchObject({ found: true, optional: true, neededBy: ["plugin.so"] });
    expect(byName(libraries, "libgone.so")).toMatchObject({ found: false, optional: true });
    expect(libraryFindings(libraries).map(({ level }) => level)).toEqual(["warning"]);
    expect(libraryProblem("program", libraries)).toBeUndefined();
  });

  it("is not missing where an added module has its name or SONAME, wherever that is, as in a JDK", async () => {
    using shop = workshop();
    shop.library("jdk/lib/server/libjvm.so", "", ["-Wl,-soname,libjvm.so.1"]);
    shop.library("jdk/lib/libawt.so", "", [
      "-Wl,--no-as-needed",
      shop.at("jdk/lib/server/libjvm.so"),
      "-Wl,-rpath,$ORIGIN",
    ]);
    shop.library("jdk/lib/libnet.so", "", [`-L${shop.at("jdk/lib")}`, ...linked("awt"), "-Wl,-rpath,$ORIGIN"]);
    const program = shop.program(MAIN);
    const modules = ["server/libjvm.so", "libawt.so", "libnet.so"].map((name) => ({
      hostPath: shop.at(`jdk/lib/${name}`),
      guestPath: `/opt/jdk/lib/${name}`,
    }));

    const libraries = await resolve(program, { modules });

    expect(byName(libraries, "libjvm.so.1")).toMatchObject({
      found: true,
      foundBy: "image",
      guestPath: "/opt/jdk/lib/server/libjvm.so",
      neededBy: ["libawt.so"],
    });
    expect(libraryFindings(libraries)).toEqual([]);
  });

  it("that the program itself needs and an added folder has where no loader looks, is refused with the way out", async () => {
    using shop = workshop();
    shop.library("libs/liba.so");
    const program = shop.program(MAIN, [`-L${shop.at("libs")}`, ...linked("a")]);
    const modules = [{ hostPath: shop.at("libs/liba.so"), guestPath: "/opt/libs/liba.so" }];
    const inImage = (path: string) => (path === "/opt/libs/liba.so" ? shop.at("libs/liba.so") : undefined);

    const refused = await resolve(program, { modules, inImage });
    const found = await resolve(program, { modules, inImage, environment: { LD_LIBRARY_PATH: "/opt/libs" } });

    expect(libraryProblem("program", refused)).toMatchObject({
      code: "elf.missing-libraries",
      hint: "Set LD_LIBRARY_PATH=/opt/libs in the environment.",
    });
    expect(byName(found, "liba.so")).toMatchObject({ found: true, foundBy: "image", guestPath: "/opt/libs/liba.so" });
  });

  it("is looked for where the guest's LD_LIBRARY_PATH says, and among the added files first", async () => {
    using shop = workshop();
    shop.library("here/liba.so");
    shop.library("given/libb.so");
    const options = [`-L${shop.at("here")}`, `-L${shop.at("given")}`, ...linked("a", "b")];
    const program = shop.program(MAIN, options);
    expect(libraryProblem("program", await resolve(program))?.message).toContain("liba.so, libb.so");

    const libraries = await resolve(program, {
      environment: { LD_LIBRARY_PATH: `${shop.at("here")}:/opt/b`, LD_PRELOAD: "libm.so.6" },
      inImage: (path) => (path === "/opt/b/libb.so" ? shop.at("given/libb.so") : undefined),
    });

    expect(byName(libraries, "liba.so")).toMatchObject({ foundBy: "environment", guestPath: shop.at("here/liba.so") });
    expect(byName(libraries, "libb.so")).toMatchObject({ foundBy: "image", hostPath: shop.at("given/libb.so") });
    expect(byName(libraries, "libm.so.6")).toMatchObject({ optional: true, neededBy: ["LD_PRELOAD"] });
  });
});
