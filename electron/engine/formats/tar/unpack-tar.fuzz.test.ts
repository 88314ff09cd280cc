/**
 * Archives with bytes changed, moved and cut off: each is unpacked or refused with a reason, and whatever it says, nothing
 * comes to be outside of its folder.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { Problem } from "../../../../shared/problem.ts";
import { listAll, temporaryFolder } from "../../images/testing.ts";
import { mutate, randomNumbers } from "../../lib/mutation.testing.ts";
import { makeTar, retag } from "./make-tar.testing.ts";
import { unpackTar } from "./unpack-tar.ts";

const RUNS = 400;
const limits = { bytes: 1 << 20, entries: 50 };

const seeds = [
  await makeTar([
    { name: "kernel.img", content: "kernel" },
    { name: "klibs/ntp", content: "module" },
    { name: "a/../b", content: "up" },
    { name: "l", type: "symlink", linkname: "../x" },
  ]),
  await makeTar([
    { name: "klibs/", type: "directory" },
    { name: `klibs/${"n".repeat(120)}`, content: "long" },
    { name: "boot.img", content: Buffer.alloc(1500, 1) },
  ]),
  retag(
    await makeTar([
      { name: "pax", content: "17 path=../evil\n14 size=00005\n" },
      { name: "kernel.img", content: "kernel" },
    ]),
    "x",
  ),
];

it("a mutated archive writes below its folder or nowhere, and always comes to an end", async () => {
  using base = temporaryFolder();
  const random = randomNumbers(20261124);
  const folder = join(base.path, "in/here");
  const archive = join(base.path, "archive");
  const counts = { begun: 0, whole: 0 };

  for (let run = 0; run < RUNS; run++) {
    const seed = seeds[run % seeds.length] ?? Buffer.alloc(0);
    const changed = withSums(mutate(seed, 0, seed.length, random), random);
    const cut = random(8) === 0 ? changed.subarray(0, random(changed.length)) : changed;
    const packed = random(2) ? gzipSync(cut, { level: 1 }) : cut;
    writeFileSync(archive, random(10) ? packed : mutate(packed, 2, packed.length, random));
    mkdirSync(folder, { recursive: true });
    try {
      const { signal } = new AbortController();
      await unpackTar({ archive, folder, limits, signal, onProgress: () => {} });
      counts.whole++;
    } catch (error) {
      if (!(error instanceof Problem) || !/^(archive|file)\./.test(error.code))
        throw new Error(`run ${run}`, { cause: error });
    }
    counts.begun += (await listAll(folder)).length > 0 ? 1 : 0;
    expect((await listAll(base.path)).filter((name) => !name.startsWith("in/here"))).toEqual(["archive", "in"]);
    rmSync(folder, { recursive: true });
  }

  console.log(`tar: of ${RUNS} inputs ${counts.begun} got past the first header, ${counts.whole} were unpacked`);
  expect(counts.begun).toBeGreaterThan(RUNS / 2);
  expect(counts.whole).toBeGreaterThan(0);
  expect(counts.whole).toBeLessThan(RUNS);
}, 60_000);

const HEADER_BYTES = 512;
const MAGIC_OFFSET = 257;

/** Most changes would end at a wrong checksum: nine in ten archives get right ones again. */
function withSums(tar: Buffer, random: (below: number) => number): Buffer {
  if (random(10) === 0) return tar;
  for (let at = 0; at + HEADER_BYTES <= tar.length; at += HEADER_BYTES) {
    if (tar.toString("latin1", at + MAGIC_OFFSET, at + MAGIC_OFFSET + 5) !== "ustar") continue;
    const type = tar.toString("latin1", at + 156, at + 157);
    retag(tar.subarray(at, at + HEADER_BYTES), type).copy(tar, at);
  }
  return tar;
}
