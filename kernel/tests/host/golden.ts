// Compares what Pith's TFS reader finds in the golden images with what is known to be in them. Prints TAP.
//
//     node golden.ts TFS_DUMP FIXTURES-FOLDER SCRATCH-FOLDER

import { deepStrictEqual } from "node:assert";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

type Entry = { type: string; size?: number; sha256?: string; target?: string; extents?: number[][] };
type Content = { uuid: string; label: string; attributes: unknown; tree: Record<string, Entry> };

const sector = 512;

/** The content of a file by its extents (first sector of the file, of the disk, count, uninited), holes as zeros. */
function contentOf(image: Buffer, base: number, entry: Entry): Buffer {
  const content = Buffer.alloc(Math.ceil((entry.size ?? 0) / sector) * sector);
  for (const [file = 0, disk = 0, length = 0, uninited = 0] of entry.extents ?? []) {
    if (uninited) continue;
    const from = base + disk * sector;
    image.copy(content, file * sector, from, from + length * sector);
  }
  return content.subarray(0, entry.size);
}

/** Where the root file system of a disk image begins; 0 for a bare volume. */
function rootOf(image: Buffer): number {
  if (image.readUInt16LE(510) !== 0xaa55) return 0;
  const entry = image[0x1be + 4] === 0xef ? 2 : 1;
  return image.readUInt32LE(0x1be + entry * 16 + 8) * sector;
}

function check(tool: string, folder: string, name: string, scratch: string): void {
  const image = gunzipSync(readFileSync(join(folder, `${name}.img.gz`)));
  const path = join(scratch, `${name}.img`);
  writeFileSync(path, image);
  const base = rootOf(image);
  const found: Content = JSON.parse(execFileSync(tool, [path, String(base)], { encoding: "utf8", maxBuffer: 1 << 28 }));
  const known: Content = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  for (const entry of Object.values(found.tree)) {
    if (entry.type !== "file") continue;
    entry.sha256 = createHash("sha256")
      .update(contentOf(image, base, entry))
      .digest("hex");
    delete entry.extents;
  }
  deepStrictEqual(
    { uuid: found.uuid, label: found.label, attributes: found.attributes, tree: found.tree },
    { uuid: known.uuid, label: known.label, attributes: known.attributes, tree: known.tree },
  );
}

const [tool = "", fixtures = "", scratch = ""] = process.argv.slice(2);
mkdirSync(scratch, { recursive: true });
let count = 0;
let failed = 0;
for (const part of ["tfs", "ops"]) {
  const folder = join(fixtures, part);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".img.gz"))) {
    const name = file.slice(0, -".img.gz".length);
    count += 1;
    try {
      check(tool, folder, name, scratch);
      console.log(`ok ${count} - ${part}/${name} is read as its description says`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${count} - ${part}/${name} is read as its description says`);
      console.log(String(error).replace(/^/gm, "# ").slice(0, 4000));
    }
  }
}
console.log(`1..${count}`);
process.exit(failed || !count ? 1 : 0);
