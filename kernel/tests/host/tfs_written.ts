// Reads a volume that tfs_write_test wrote with the engine's own reader. Prints TAP.
//
//     node tfs_written.ts FOLDER    with many.img and many.txt

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findDamage } from "../../../electron/engine/formats/tfs/check.ts";
import { type Tuple, toNumber, toText } from "../../../electron/engine/formats/tfs/value.ts";
import { entriesOf, fileLength, openVolume, typeOf } from "../../../electron/engine/formats/tfs/volume.ts";

const [folder = ""] = process.argv.slice(2);
const image = readFileSync(join(folder, "many.img"));
const volume = await openVolume({
  sizeBytes: image.length,
  read: async (offset, length) => image.subarray(offset, offset + length),
});

const types = { unknown: 0, file: 1, directory: 2, link: 3, socket: 4 };

/** Lines as tfs_write_test writes them, without the sums of contents. */
function describe(directory: Tuple, depth: number): string[] {
  const entries = [...entriesOf(directory)].sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.flatMap(([name, node]) => [
    `${" ".repeat(depth)}${toText(name)} ${types[typeOf(node)]} ${fileLength(node)} ${toNumber(node.get("nlink") ?? 1)}`,
    ...describe(node, depth + 1),
  ]);
}

const known = readFileSync(join(folder, "many.txt"), "utf8").trimEnd().split("\n");
const found = describe(volume.root, 0);
const outcomes = [
  { good: findDamage(volume).length === 0, claim: "the engine's reader finds a volume that Pith wrote sound" },
  {
    good: found.join("\n") === known.map((line) => line.replace(/ [^ ]*$/, "")).join("\n"),
    claim: "and in it what was written",
  },
];
for (const [index, { good, claim }] of outcomes.entries())
  console.log(`${good ? "ok" : "not ok"} ${index + 1} - ${claim}`);
console.log(`1..${outcomes.length}`);
process.exit(outcomes.every(({ good }) => good) ? 0 : 1);
