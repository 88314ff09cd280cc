/** What the resolver reads of other people's files, damaged: the loader's cache, and dynamic sections with versions. */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { expect, it } from "vitest";
import { ElfDamage, SegmentType } from "../../../shared/elf.ts";
import { memorySource } from "../formats/byte-source.ts";
import { readDynamic } from "../formats/elf/dynamic.ts";
import { readTables } from "../formats/elf/header.ts";
import { temporaryFolder } from "../images/testing.ts";
import { mutate, randomNumbers } from "../lib/mutation.testing.ts";
import { parseLoaderCache } from "./library-path.ts";

it("a damaged cache of the loader tells what it can, and only paths", () => {
  const entries = 64;
  const seed = Buffer.alloc(48 + 24 * entries + 1024);
  seed.write("glibc-ld.so.cache1.1");
  seed.writeUInt32LE(entries, 20);
  const text = seed.length - 1024;
  seed.write("liba.so\0/lib/liba.so\0libb.so\0/opt/lib/libb.so\0", text);
  for (let index = 0; index < entries; index++) {
    const at = 48 + 24 * index;
    seed.writeUInt32LE(0x303, at);
    seed.writeUInt32LE(text + (index % 2 ? 21 : 0), at + 4);
    seed.writeUInt32LE(text + (index % 2 ? 29 : 8), at + 8);
  }
  const random = randomNumbers(20261124);
  let found = 0;

  for (let run = 0; run < 5000; run++) {
    const changed = mutate(seed, 20, seed.length, random);
    const libraries = parseLoaderCache(random(8) === 0 ? changed.subarray(0, random(changed.length)) : changed);
    for (const path of libraries.values()) expect(isAbsolute(path)).toBe(true);
    if (libraries.size > 0) found++;
  }

  console.log(`ld.so.cache: of 5000 inputs ${found} told of a library`);
  expect(found).toBeGreaterThan(2500);
});

it("a damaged dynamic section is read or called damaged, always", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "lib.so");
  writeFileSync(join(folder.path, "map"), "V_1 { global: one; }; V_2 { global: two; } V_1;");
  writeFileSync(
    join(folder.path, "lib.c"),
    '#include <stdio.h>\nint one(void) { return puts("1"); }\nint two(void) { return 2; }',
  );
  const options = ["-shared", "-fPIC", `-Wl,--version-script=${folder.path}/map`, "-Wl,-rpath,$ORIGIN:/opt/lib"];
  execFileSync("gcc", [...options, "-o", path, join(folder.path, "lib.c")]);
  const seed = readFileSync(path);
  const { segments } = await readTables(memorySource(seed));
  const dynamic = segments.find(({ type }) => type === SegmentType.dynamic);
  if (!dynamic) throw new Error("no dynamic section");
  const whole = await readDynamic(memorySource(seed), { segments, sections: [] });
  expect([...(whole?.versions ?? [])]).toEqual(["V_1", "V_2"]);
  expect(whole?.versionNeeds).toContainEqual({ file: "libc.so.6", version: "GLIBC_2.2.5" });
  // The tables of versions and strings are in the first segment, before the code.
  const ranges: [number, number][] = [
    [dynamic.offset, dynamic.offset + dynamic.fileBytes],
    [64, Math.min(4096, dynamic.offset)],
  ];
  const random = randomNumbers(20261124);
  let read = 0;

  for (let run = 0; run < 6000; run++) {
    const [from, to] = ranges[run % 2] ?? [0, 64];
    const source = memorySource(mutate(seed, from, to, random));
    try {
      await readDynamic(source, await readTables(source));
      read++;
    } catch (error) {
      if (!(error instanceof ElfDamage)) throw new Error(`run ${run}`, { cause: error });
    }
  }

  console.log(`dynamic section: of 6000 inputs ${read} were read to their end`);
  expect(read).toBeGreaterThan(3000);
  expect(read).toBeLessThan(6000);
}, 60_000);
