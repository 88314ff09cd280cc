/** What setup would install on machines of all kinds. Nothing is installed here. */

import { describe, expect, test } from "vitest";
import { type Means, planInstallation, Refusal } from "./installation.mjs";
import { type Machine, missingOn } from "./requirements.mjs";

const gnu = ["gcc", "ld", "nm", "objcopy"];
const forTests = [
  ...gnu,
  "g++",
  "musl-gcc",
  "ip",
  "unshare",
  "Xvfb",
  "xauth",
  "dbus-daemon",
  "unzip",
  "python3",
  "go",
  "sqlite3",
  "perl",
  "lua5.4",
  "redis-server",
  "redis-benchmark",
  "nginx",
  "wrk",
  "cpio",
  "umoci",
  "skopeo",
  "docker-registry",
  "xz",
  "ssh",
  "ssh-keygen",
  "rsvg-convert",
  "dpkg-deb",
  "rpmbuild",
];
const basics = ["qemu-system-x86_64", "qemu-img", "make"];

interface Looks extends Partial<Omit<Machine, "has" | "hasLibrary" | "gccFinds" | "pythonFinds">> {
  commands?: string[];
  libraries?: string[];
  lacks?: string[];
  pythonModules?: string[];
}

function machine({ commands = [], libraries = [], lacks = [], pythonModules = [], ...rest }: Looks = {}): Machine {
  return {
    platform: "linux",
    arch: "x64",
    has: (command) => commands.includes(command),
    hasLibrary: (library) => !lacks.includes(library),
    gccFinds: (library) => libraries.includes(library),
    pythonFinds: (modules) => modules.every((module) => pythonModules.includes(module)),
    hasRust: false,
    hasBrowser: false,
    hasFonts: false,
    hasNode: true,
    chromiumIsSnap: false,
    ...rest,
  };
}

const complete: Looks = {
  commands: [...basics, ...forTests],
  libraries: ["libc.a", "libasan.so", "libstdc++.a"],
  pythonModules: ["ctypes", "dbus", "decimal", "gi", "json", "sqlite3", "ssl", "zlib"],
  hasRust: true,
  hasBrowser: true,
  hasFonts: true,
};

const aptAsRoot: Means = { manager: "apt", isRoot: true, hasSudo: false, isTerminal: false, hasFreshLists: true };
const brew: Means = { ...aptAsRoot, manager: "brew", isRoot: false };

const namesMissing = (purpose: "start" | "test", looks: Looks) =>
  missingOn(purpose, machine(looks)).map(({ what }) => what);

function commandsFor(purpose: "start" | "test", looks: Looks, means: Means): string[] {
  const here = machine(looks);
  return planInstallation(missingOn(purpose, here), here, means).commands.map((command) => command.join(" "));
}

describe("what is missing", () => {
  test("nothing is, on a machine that has everything", () => {
    expect(namesMissing("test", complete)).toEqual([]);
  });

  test("compilers for test programs are not asked for by npm start", () => {
    const looks = { ...complete, commands: [...basics, ...gnu], libraries: [], pythonModules: [], hasRust: false };

    expect(namesMissing("start", looks)).toEqual([]);
    expect(namesMissing("test", looks)).toEqual([
      "gcc with the C library's headers and static libraries",
      "g++",
      "musl-gcc",
      "ip and unshare",
      "Xvfb, xauth, D-Bus and unzip",
      "D-Bus for Python",
      "Python 3 with its standard library",
      "Go",
      "Rust's compiler",
      "SQLite's shell, Perl and Lua",
      "Redis and nginx",
      "wrk",
      "cpio, xz and ssh",
      "umoci, skopeo and docker-registry",
      "rsvg-convert",
      "dpkg-deb and rpmbuild",
    ]);
  });

  test("Electron's libraries count for the tests, each of them", () => {
    for (const library of ["libgtk-3.so.0", "libnss3.so", "libgbm.so.1", "libasound.so.2", "libnotify.so.4"])
      expect(namesMissing("test", { ...complete, lacks: [library] })).toEqual(["GTK, NSS, GBM, ALSA and libnotify"]);
  });

  test("a Python that is cut down does not count", () => {
    const looks = {
      ...complete,
      commands: [...basics, ...forTests, "python3"],
      pythonModules: ["dbus", "gi", "json", "zlib"],
    };

    expect(namesMissing("test", looks)).toEqual(["Python 3 with its standard library"]);
  });

  test("each tool of a toolchain counts, and toolchains do not mix", () => {
    const withTools = (commands: string[], more: Looks = {}) =>
      namesMissing("start", { ...complete, ...more, commands: [...basics, ...commands] });
    const compiler = ["a C compiler and linker for x86-64"];
    const llvm = ["clang", "ld.lld", "llvm-nm", "llvm-objcopy"];

    expect(withTools(llvm)).toEqual([]);
    for (const tool of llvm) expect(withTools(llvm.filter((one) => one !== tool))).toEqual(compiler);
    for (const tool of gnu) expect(withTools(gnu.filter((one) => one !== tool))).toEqual(compiler);
    expect(withTools(["gcc", "ld", "nm", "llvm-objcopy"])).toEqual(compiler);
  });

  test("the system's own compiler serves on x86-64 alone", () => {
    const own = { ...complete, arch: "arm64", commands: [...basics, ...gnu] };
    const cross = { ...own, commands: [...basics, ...gnu.map((tool) => `x86_64-linux-gnu-${tool}`)] };

    expect(namesMissing("start", own)).toEqual(["a C compiler and linker for x86-64"]);
    expect(namesMissing("start", cross)).toEqual([]);
  });

  test("fonts are looked for on Linux alone", () => {
    expect(namesMissing("start", { ...complete, hasFonts: false })).toEqual(["fonts"]);
    expect(namesMissing("start", { ...complete, hasFonts: false, platform: "darwin" })).not.toContain("fonts");
  });
});

describe("with apt", () => {
  test("a bare Debian gets every package once, in one command", () => {
    expect(commandsFor("test", {}, aptAsRoot)).toEqual([
      "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends qemu-system-x86 qemu-utils make " +
        "gcc binutils chromium fonts-dejavu-core libc6-dev g++ musl-tools iproute2 util-linux xvfb xauth dbus unzip python3-dbus python3-gi python3 golang-go rustc sqlite3 perl lua5.4 redis-server nginx-light wrk cpio xz-utils openssh-client umoci skopeo docker-registry librsvg2-bin dpkg rpm",
    ]);
  });

  test("lists that are old or not there are brought up to date first", () => {
    const [update, install] = commandsFor("start", {}, { ...aptAsRoot, hasFreshLists: false });

    expect(update).toBe("env DEBIAN_FRONTEND=noninteractive apt-get update");
    expect(install).toContain("apt-get install");
  });

  test("who is not root goes through sudo, which must not ask where nobody can answer", () => {
    const looks = { ...complete, commands: [...forTests, "qemu-system-x86_64", "qemu-img"] };
    const means = { ...aptAsRoot, isRoot: false, hasSudo: true };

    expect(commandsFor("start", looks, { ...means, isTerminal: true })).toEqual([
      "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends make",
    ]);
    expect(commandsFor("start", looks, means)[0]).toMatch(/^sudo -n env /);
  });

  test("without root and sudo it is refused, with the command for root", () => {
    const refused = () => commandsFor("start", { ...complete, commands: gnu }, { ...aptAsRoot, isRoot: false });

    expect(refused).toThrow(Refusal);
    expect(refused).toThrow(
      expect.objectContaining({
        message: "Installing needs root, and there is no sudo.",
        hint: "As root: apt-get update && apt-get install qemu-system-x86 qemu-utils make",
      }),
    );
  });

  test("a snap is not installed in the name of Chromium", () => {
    const here = machine({ ...complete, hasBrowser: false, chromiumIsSnap: true });

    const { commands, unavailable } = planInstallation(missingOn("test", here), here, aptAsRoot);

    expect(commands).toEqual([]);
    expect(unavailable).toMatchObject([{ what: "Chromium", isOptional: true }]);
  });

  test("on arm64 the kernel's compiler is a cross compiler", () => {
    const looks = { ...complete, arch: "arm64", commands: basics };

    expect(commandsFor("start", looks, aptAsRoot)[0]).toMatch(/ gcc-x86-64-linux-gnu binutils-x86-64-linux-gnu$/);
  });
});

describe("with Homebrew", () => {
  const bareMac: Looks = { platform: "darwin", arch: "arm64", commands: ["clang", "make"] };

  test("formulas and casks are installed by commands of their own", () => {
    expect(commandsFor("start", bareMac, brew)).toEqual(["brew install qemu llvm lld", "brew install --cask chromium"]);
  });

  test("a Node that is too old gets a newer one", () => {
    const looks = {
      ...complete,
      platform: "darwin" as const,
      commands: [...basics, "clang", "ld.lld", "llvm-nm", "llvm-objcopy"],
    };

    expect(commandsFor("start", looks, brew)).toEqual([]);
    expect(commandsFor("start", { ...looks, hasNode: false }, brew)).toEqual(["brew install node"]);
  });

  test("what Homebrew does not have is named", () => {
    const here = machine({ ...bareMac, hasBrowser: true });

    expect(planInstallation(missingOn("test", here), here, brew).unavailable.map(({ what }) => what)).toEqual([
      "gcc with the C library's headers and static libraries",
      "g++",
      "musl-gcc",
      "ip and unshare",
      "Python 3 with its standard library",
      "SQLite's shell, Perl and Lua",
      "Redis and nginx",
    ]);
  });
});

test("without a package manager that we know, it is refused", () => {
  const refused = () => commandsFor("start", {}, { ...aptAsRoot, manager: undefined });

  expect(refused).toThrow("Neither apt nor brew is here to install them.");
});
