import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ImageName } from "../../../shared/contract/images.ts";
import { Inspection } from "../../../shared/contract/programs.ts";
import { type ElfOptions, makeElf } from "../formats/elf/make-elf.ts";
import { temporaryFolder, tiny } from "../images/testing.ts";
import { findingsFor, inspectProgram } from "./inspect.ts";
import { checkImageName, proposeName, variationsOf } from "./name.ts";
import { readProgram } from "./program.ts";

async function inspect(spec: ElfOptions, name = "program") {
  using folder = temporaryFolder();
  const path = join(folder.path, name);
  writeFileSync(path, makeElf(spec));
  return await inspectProgram(path);
}

const MIB = 1 << 20;

describe("an inspection", () => {
  it("of a plain static program finds nothing to say", async () => {
    const inspection = await inspectProgram(tiny);

    expect(Inspection.parse(inspection)).toEqual(inspection);
    expect(inspection.findings).toEqual([]);
    expect(inspection.suggested).toEqual({
      ...{ name: "tiny", programPath: "/tiny", memoryBytes: 64 * MIB, ports: [] },
      reportAsLinux: false,
    });
  });

  it("names missing libraries and calls that can't work", async () => {
    const { findings, libraries } = await inspect({
      type: 3,
      interpreter: "/lib64/no-such-loader.so",
      needed: ["libmissing.so.1"],
      symbols: [{ name: "fork", isDefined: false }],
    });

    expect(findings.map(({ level, rule }) => [level, rule])).toEqual([
      ["error", "library-missing"],
      ["error", "library-missing"],
      ["warning", "starts-processes"],
    ]);
    expect(findings.every(({ hint }) => hint)).toBe(true);
    expect(libraries.map(({ name, found }) => [name, found])).toEqual([
      ["no-such-loader.so", false],
      ["libmissing.so.1", false],
    ]);
  });

  it("says what the kernel does not have, which is no warning", async () => {
    const { findings } = await inspect({ symbols: [{ name: "io_setup", isDefined: true }] });

    expect(findings).toEqual([
      expect.objectContaining({
        level: "note",
        rule: "absent-calls",
        message: expect.stringContaining("io_setup"),
      }),
    ]);
  });

  it.each([
    ["imports", { symbols: [{ name: "pthread_create", isDefined: false }] }, /^Threads .*\(pthread_create\) share one/],
    [
      "has Go's functions",
      { sections: { ".gopclntab": Buffer.from("\0main.main\0") } },
      /^The program's goroutines share/,
    ],
  ])("notes that a program which %s has one processor for its threads", async (_, spec, message) => {
    const { findings } = await inspect(spec);

    expect(findings).toEqual([
      expect.objectContaining({
        level: "note",
        rule: "one-processor",
        kernel: "pith",
        message: expect.stringMatching(message),
      }),
    ]);
  });

  it("does not take what is only linked into a program for a thread that it starts", async () => {
    const { findings } = await inspect({ symbols: [{ name: "pthread_create", isDefined: true }] });

    expect(findings).toEqual([]);
  });

  it("says nothing of processors where the kernel can use several", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "program");
    writeFileSync(path, makeElf({ symbols: [{ name: "thrd_create", isDefined: false }] }));
    const program = await readProgram(path);

    expect(findingsFor(program, [], "nanos")).toEqual([]);
    expect(findingsFor(program, [], "pith").map(({ rule }) => rule)).toEqual(["one-processor"]);
  });

  it("guesses ports and memory by what the program is", async () => {
    const web = { sections: { ".gopclntab": Buffer.from("\0net/http.(*Server).Serve\0") } };

    expect((await inspect(web)).suggested).toMatchObject({ ports: [8080], memoryBytes: 128 * MIB });
    expect((await inspect({}, "redis-server")).suggested).toMatchObject({ ports: [6379], name: "redis-server" });
    expect((await inspect({}, "node")).suggested.memoryBytes).toBe(512 * MIB);
    expect((await inspect({ data: Buffer.alloc(40 * MIB) })).suggested.memoryBytes).toBe(128 * MIB);
  });
});

describe("a proposed name", () => {
  it.each([
    ["hello", "hello"],
    ["hello.elf", "hello"],
    ["python3.11", "python3-11"],
    ["My App (final).exe", "My-App-final"],
    ["grüße", "gru-e"],
    ["..", "program"],
    ["-rf", "rf"],
    [".hidden", "program"],
    ["文件", "program"],
    ["n".repeat(300), "n".repeat(60)],
    ["a\nb\x1b[31m", "a-b-31m"],
  ])("for %j is %s", (fileName, name) => {
    expect(proposeName(fileName)).toBe(name);
    expect(ImageName.safeParse(name).success).toBe(true);
  });

  it("has variations", () => {
    const names = variationsOf("a");

    expect([names.next().value, names.next().value, names.next().value]).toEqual(["a", "a-2", "a-3"]);
  });

  it("is checked like any other", () => {
    for (const name of ["a/b", "..", "a b", "", "-a", "ä", "n".repeat(201), "a\0"])
      expect(() => checkImageName(name), name).toThrow(expect.objectContaining({ code: "image.name" }));
    checkImageName("hello-2.1_x");
  });
});
