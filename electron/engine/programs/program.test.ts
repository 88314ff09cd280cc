import { appendFileSync, chmodSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ProgramFacts } from "../../../shared/contract/programs.ts";
import type { ProblemCode } from "../../../shared/problem.ts";
import { type ElfOptions, makeElf } from "../formats/elf/make-elf.ts";
import { temporaryFolder, tiny } from "../images/testing.ts";
import { type ElfProgram, readProgram } from "./program.ts";

async function read(bytes: Buffer | string, name = "program"): Promise<ElfProgram> {
  using folder = temporaryFolder();
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return await readProgram(path);
}

const LOADER = "/lib64/ld-linux-x86-64.so.2";
const call = (name: string, isDefined = true) => ({ name, isDefined });
const comment = (text: string) => ({ ".comment": Buffer.from(`${text}\0`) });
const goFunctions = (...names: string[]) => ({ ".gopclntab": Buffer.from(`\0${names.join("\0")}\0`) });
const goBuildInfo = Buffer.concat([
  Buffer.from("\xff Go buildinf:\x08\x02", "latin1"),
  Buffer.alloc(16),
  Buffer.from("\x08go1.26.1\x00"),
]);

const programs: [what: string, spec: ElfOptions, facts: Partial<ProgramFacts>][] = [
  ["a static program", {}, { linkage: "static", architecture: "x86-64", bits: 64, needed: [], stripped: true }],
  ["a static-pie, by its flag", { type: 3, isPie: true, entry: 0 }, { linkage: "static-pie" }],
  ["a static-pie of an old linker", { type: 3 }, { linkage: "static-pie" }],
  [
    "a dynamic program",
    { type: 3, interpreter: LOADER, needed: ["libm.so.6", "libc.so.6"], runpath: "$ORIGIN/lib:/opt/lib" },
    {
      linkage: "dynamic",
      interpreter: LOADER,
      needed: ["libm.so.6", "libc.so.6"],
      runpath: ["$ORIGIN/lib", "/opt/lib"],
    },
  ],
  ["an RPATH", { interpreter: LOADER, needed: ["a.so"], rpath: "/old" }, { runpath: ["/old"] }],
  [
    "a library that can be run",
    { type: 3, interpreter: LOADER, soname: "libc.so.6", needed: [] },
    { linkage: "dynamic" },
  ],
  ["a build id", { notes: [{ owner: "GNU", type: 3, bytes: Buffer.from("c0ffee", "hex") }] }, { buildId: "c0ffee" }],
  ["symbols", { symbols: [call("main")] }, { stripped: false }],
  [
    "calls that start programs, imported or linked in",
    { symbols: [call("vfork", false), call("system"), call("my_fork"), call("fork_it"), call("getpid")] },
    { refusedCalls: ["vfork", "system"] },
  ],
  [
    "C of GCC",
    { symbols: [], sections: comment("GCC: (Debian 12.2.0-14) 12.2.0") },
    { language: "c", toolchain: "GCC 12.2.0" },
  ],
  [
    "C of clang",
    { symbols: [], sections: comment("Debian clang version 14.0.6") },
    { language: "c", toolchain: "clang 14.0.6" },
  ],
  ["C++ by its symbols", { symbols: [call("__cxa_throw")], sections: comment("GCC: (x) 9.1") }, { language: "c++" }],
  ["C++ by its library", { interpreter: LOADER, needed: ["libstdc++.so.6"] }, { language: "c++" }],
  ["Rust", { sections: comment("rustc version 1.95.0 (abc)") }, { language: "rust", toolchain: "rustc 1.95.0" }],
  ["what may be C or C++", { sections: comment("GCC: (x) 12.2.0") }, { language: "unknown", toolchain: "GCC 12.2.0" }],
  ["Go", { sections: { ".go.buildinfo": goBuildInfo } }, { language: "go", toolchain: "go1.26.1", refusedCalls: [] }],
  [
    "Go that starts programs",
    { sections: goFunctions("os/exec.(*Cmd).Start") },
    { language: "go", refusedCalls: ["os/exec"] },
  ],
  ["Go with a broken version", { sections: { ".go.buildinfo": goBuildInfo.subarray(0, 36) } }, { language: "go" }],
];

describe("a program", () => {
  it.each(programs)("is known by its headers: %s", async (_, spec, facts) => {
    expect((await read(makeElf(spec))).facts).toMatchObject(facts);
  });

  it("is known down to its size and time", async () => {
    const { facts, file } = await readProgram(tiny);

    expect(facts).toMatchObject({
      path: tiny,
      fileName: "tiny",
      sizeBytes: 344,
      linkage: "static",
      language: "unknown",
    });
    expect(file).toMatchObject({ path: tiny, sizeBytes: 344 });
  });

  it("in Go tells whether it serves HTTP and uses TLS", async () => {
    const sections = goFunctions("net/http.(*Server).Serve", "crypto/tls.(*Conn).Handshake");

    expect(await read(makeElf({ sections }))).toMatchObject({ servesHttp: true, usesTls: true });
  });
});

const macho = (magic: string) => Buffer.from(magic + "00".repeat(60), "hex");

const refused: [what: string, bytes: Buffer | string, code: ProblemCode, message: RegExp, hint: RegExp][] = [
  ["an empty file", "", "file.empty", /is empty/, /again/],
  ["text", "hello", "elf.not-elf", /not a program/, /ELF/],
  ["a script", "#!/bin/sh -e\nexit", "elf.script", /a script for \/bin\/sh -e/, /interpreter/],
  ["a script of one line", "#!", "elf.script", /a script, not/, /interpreter/],
  ["a macOS program", macho("cffaedfe"), "elf.wrong-os", /macOS/, /Linux/],
  ["a universal macOS program", macho("cafebabe00000002"), "elf.wrong-os", /macOS/, /Linux/],
  ["a Java class", macho("cafebabe00000034"), "elf.not-elf", /Java/, /runtime/],
  ["a Windows program", "MZ\x90\0", "elf.wrong-os", /Windows/, /Linux/],
  ["an archive", "PK\x03\x04", "elf.not-elf", /ZIP/, /Unpack/],
  ["a static library", "!<arch>\nlib.o/", "elf.not-elf", /static library/, /Link/],
  ["a Debian package", "!<arch>\ndebian-binary   ", "elf.not-elf", /Debian/, /Unpack/],
  ["WebAssembly", "\0asm", "elf.not-elf", /WebAssembly/, /runtime/],
  ["a program for arm64", makeElf({ machine: 183 }), "elf.wrong-architecture", /arm64/, /GOARCH=amd64/],
  ["one for RISC-V", makeElf({ machine: 243 }), "elf.wrong-architecture", /RISC-V/, /x86-64/],
  ["one for a machine without a name", makeElf({ machine: 999 }), "elf.wrong-architecture", /machine 999/, /x86-64/],
  ["a 32-bit program", makeElf({ bits: 1, machine: 3 }), "elf.wrong-architecture", /32-bit/, /x86-64/],
  ["an x32 program", makeElf({ bits: 1 }), "elf.wrong-architecture", /x32/, /x86-64/],
  [
    "a big-endian program",
    makeElf({ order: 2, machine: 21 }),
    "elf.wrong-architecture",
    /PowerPC 64, big-endian/,
    /x86-64/,
  ],
  ["a FreeBSD program", makeElf({ osAbi: 9 }), "elf.wrong-os", /FreeBSD/, /Linux/],
  ["an Android program", makeElf({ interpreter: "/system/bin/linker64" }), "elf.wrong-os", /Android/, /Linux/],
  ["an object file", makeElf({ type: 1 }), "elf.not-a-program", /object file/, /Link/],
  ["a core dump", makeElf({ type: 4 }), "elf.not-a-program", /core dump/, /program itself/],
  [
    "a shared library",
    makeElf({ type: 3, soname: "liba.so", needed: ["libc.so.6"] }),
    "elf.not-a-program",
    /shared library/,
    /added/,
  ],
  ["a header alone", makeElf().subarray(0, 40), "elf.damaged", /header/, /again/],
  ["a header without its tables", makeElf().subarray(0, 64), "elf.damaged", /segment table is truncated/, /again/],
  [
    "half a program",
    makeElf({ data: Buffer.alloc(4096) }).subarray(0, 2048),
    "elf.damaged",
    /truncated: a segment ends/,
    /again/,
  ],
  ["an interpreter without a path", makeElf({ interpreter: "ld.so" }), "elf.damaged", /not absolute/, /again/],
  ["an unknown type", makeElf({ type: 77 }), "elf.damaged", /type 77/, /again/],
];

describe("what is no program", () => {
  it.each(refused)("is told from one, with what to do: %s", async (_, bytes, code, message, hint) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it("may be no file at all", async () => {
    using folder = temporaryFolder();

    await expect(readProgram(folder.path)).rejects.toMatchObject({ code: "file.is-directory" });
    await expect(readProgram(join(folder.path, "none"))).rejects.toMatchObject({ code: "file.not-found" });
    await expect(readProgram(join(tiny, "x"))).rejects.toMatchObject({ code: "file.not-found" });
    await expect(readProgram(`/${"n".repeat(300)}`)).rejects.toMatchObject({ code: "file.not-found" });
    await expect(readProgram("/dev/null")).rejects.toMatchObject({ code: "file.unsupported" });
  });

  it("may be a file that this user can't read", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "secret");
    writeFileSync(path, makeElf());
    chmodSync(path, 0);
    chmodSync(folder.path, 0o755);

    await asNobody(() => expect(readProgram(path)).rejects.toMatchObject({ code: "file.unreadable" }));
  });
});

/** Root may read everything: for as long as `check` takes, this process is somebody who may not. */
async function asNobody(check: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await check();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

const TIB = 2 ** 40;
const SECTION_BYTES = 64;

/** A program of a tebibyte, nearly all of it a hole, whose section table at its end says what `section` writes. */
function sparseProgram(path: string, count: number, section: (table: Buffer) => void): void {
  const elf = makeElf({ symbols: [{ name: "fork", isDefined: true }] });
  elf.writeBigUInt64LE(BigInt(TIB - count * SECTION_BYTES), 40);
  elf.writeUInt16LE(SECTION_BYTES, 58);
  elf.writeUInt16LE(count, 60);
  const table = Buffer.alloc(count * SECTION_BYTES);
  for (let index = 0; index < count; index++) section(table.subarray(index * SECTION_BYTES));
  writeFileSync(path, elf);
  truncateSync(path, TIB - table.length);
  appendFileSync(path, table);
}

/** A table of symbols over all of the file, with all of the file as its names. */
function symbolsOverAll(section: Buffer): void {
  section.writeUInt32LE(2, 4);
  section.writeBigUInt64LE(BigInt(TIB), 32);
  section.writeBigUInt64LE(24n, 56);
}

describe("a program of a tebibyte of holes", () => {
  it("is read as far as its headers and segments go, whatever comes after them", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "program");
    sparseProgram(path, 3, () => {});

    expect((await readProgram(path)).facts).toMatchObject({ sizeBytes: TIB, linkage: "static" });
  });

  it("with tables that all lie over all of it is damaged, after a bounded part of them", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "program");
    sparseProgram(path, 200, symbolsOverAll);

    await expect(readProgram(path)).rejects.toMatchObject({
      code: "elf.damaged",
      message: expect.stringMatching(/too large/),
    });
  });

  it("is no longer read after a cancel", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "program");
    sparseProgram(path, 200, symbolsOverAll);
    const abort = new AbortController();

    const attempt = readProgram(path, abort.signal);
    abort.abort(new Error("cancelled"));

    await expect(attempt).rejects.toThrow("cancelled");
  });
});
