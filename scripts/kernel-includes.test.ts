import { describe, expect, test } from "vitest";
import { allowed, findForbiddenIncludes, findRegisters, readSources } from "../kernel/include-rules.mjs";

const sources = readSources();
const planted = (file: string, path: string) => new Map([...sources, [file, `#include "${path}"\n`]]);

describe("includes of the kernel", () => {
  test("keep to the table", () => {
    expect(sources.size).toBeGreaterThan(250);
    expect(findForbiddenIncludes(sources)).toEqual([]);
  });

  test("the table has no circle", () => {
    const reach = (folder: string, seen = new Set<string>()): Set<string> => {
      for (const next of allowed[folder] ?? [])
        if (next !== folder && !seen.has(next)) {
          seen.add(next);
          reach(next, seen);
        }
      return seen;
    };

    expect(Object.keys(allowed).filter((folder) => reach(folder).has(folder))).toEqual([]);
  });

  test.each([
    ["fs/planted.c", "arch/x86_64/pic.h"],
    ["planted.c", "arch/x86_64/insn.h"],
    ["fs/planted.c", "proc/process.h"],
    ["mem/planted.h", "sched/thread.h"],
    ["lib/planted.c", "mem/heap.h"],
    ["arch/x86_64/planted.c", "dev/power.h"],
    ["proc/planted.c", "sys/proc.h"],
    ["fs/planted.c", "nowhere/planted.h"],
  ])("a planted include is found: %s includes %s", (file, path) => {
    expect(findForbiddenIncludes(planted(file, path))).toEqual([`${file} includes ${path}`]);
  });

  test("the processor's door is open to every layer", () => {
    expect(findForbiddenIncludes(planted("sys/planted.c", "arch/cpu.h"))).toEqual([]);
  });
});

describe("registers of the processor", () => {
  test("are named in the architecture's own folder only", () => {
    expect(findRegisters(sources)).toEqual([]);
  });

  test.each([
    ["sys/planted.c", "frame->rax = 0;", "rax"],
    ["proc/planted.c", "struct trap_frame f = {.rip = entry};", "rip"],
    ["panic.c", "print(cpuid(1, 0).ecx);", "ecx"],
    ["net/planted.h", "f->r10", "r10"],
  ])("a planted use is found: %s has %s", (file, text, name) => {
    expect(findRegisters(new Map([...sources, [file, text]]))).toEqual([`${file} names the register ${name}`]);
  });

  test("a name that only looks like one is none", () => {
    expect(findRegisters(new Map([["sys/planted.c", "t->ripple.r16, s.eip_count"]]))).toEqual([]);
  });
});
