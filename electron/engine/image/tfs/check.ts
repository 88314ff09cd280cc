/** What is wrong with a volume, in words: everything that can be said without reading the contents of files. */

import { TfsDamage } from "./codec.ts";
import { type Tuple, toText } from "./value.ts";
import { extentsOf, fileLength, type TfsVolume, walkTree } from "./volume.ts";

interface Use {
  first: number;
  end: number;
  by: string;
}

const MAX_FINDINGS = 100;

/** At most 100 findings; none means that the tree is sound, and that no sector is used twice. */
export function findDamage(volume: TfsVolume): string[] {
  const findings: string[] = [];
  const uses: Use[] = volume.extensions.map(({ first, count }) => ({ first, end: first + count, by: "the log" }));
  // A file with several names is one node: its sectors count once.
  const seen = new Set<Tuple>();
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
  return [...findings, ...overlaps(uses)].slice(0, MAX_FINDINGS);
}

function overlaps(uses: Use[]): string[] {
  const findings: string[] = [];
  let last: Use | undefined;
  for (const use of uses.filter(({ first, end }) => end > first).sort((a, b) => a.first - b.first)) {
    if (last && use.first < last.end) findings.push(`${use.by} and ${last.by} share sector ${use.first}`);
    if (!last || use.end > last.end) last = use;
  }
  return findings;
}
