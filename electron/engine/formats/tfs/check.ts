/** What is wrong with a volume, in words: everything that can be said without reading the contents of files. */

import { TfsDamage } from "./codec.ts";
import { SECTOR_BYTES } from "./log.ts";
import { type Tuple, toText } from "./value.ts";
import { extentsOf, fileLength, type TfsVolume, walkTree } from "./volume.ts";

/** A run of sectors, and whose it is. */
interface Use {
  first: number;
  end: number;
  by: string;
}

const MAX_FINDINGS = 100;

/** At most 100 findings; none means that the tree is sound, and that no sector is used twice. */
export function findDamage(volume: TfsVolume): string[] {
  const { findings, uses } = lookThrough(volume);
  return [...findings, ...overlaps(uses)].slice(0, MAX_FINDINGS);
}

/** How many runs of `count` sectors are free, each apart from the others. */
export function freeRuns(volume: TfsVolume, count: number): number {
  const end = Math.floor(volume.source.sizeBytes / SECTOR_BYTES);
  let free = 0;
  let next = 0;
  for (const use of [...inOrder(lookThrough(volume).uses), { first: end, end }]) {
    free += Math.max(0, Math.floor((use.first - next) / count));
    next = Math.max(next, use.end);
  }
  return free;
}

function lookThrough(volume: TfsVolume): { findings: string[]; uses: Use[] } {
  const findings: string[] = [];
  const uses: Use[] = volume.extensions.map(({ first, count }) => ({ first, end: first + count, by: "the log" }));
  // A file with several names is one node: its sectors count once.
  const seen = new Set<Tuple>();
  if (volume.repeatedName !== undefined)
    findings.push(
      `the log has the name “${toText(volume.repeatedName)}” twice: a kernel that writes to it can't read it again`,
    );
  try {
    for (const { path, type, node } of walkTree(volume)) {
      if (type === "unknown") findings.push(`${toText(path)} is neither file, directory nor link`);
      if (type !== "file" || seen.has(node)) continue;
      seen.add(node);
      try {
        fileLength(node);
        for (const { sector, allocated } of extentsOf(volume, node))
          uses.push({ first: sector, end: sector + allocated, by: toText(path) });
      } catch (error) {
        if (!(error instanceof TfsDamage)) throw error;
        findings.push(`${toText(path)}: ${error.message}`);
      }
      if (findings.length >= MAX_FINDINGS) break;
    }
  } catch (error) {
    if (!(error instanceof TfsDamage)) throw error;
    findings.push(error.message);
  }
  return { findings, uses };
}

const inOrder = (uses: Use[]) => uses.filter(({ first, end }) => end > first).sort((a, b) => a.first - b.first);

function overlaps(uses: Use[]): string[] {
  const findings: string[] = [];
  let last: Use | undefined;
  for (const use of inOrder(uses)) {
    if (last && use.first < last.end) findings.push(`${use.by} and ${last.by} share sector ${use.first}`);
    if (!last || use.end > last.end) last = use;
  }
  return findings;
}
