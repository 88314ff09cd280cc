/** The `Mounts` of a configuration: volumes stay under their key, other keys are host folders and get numbers. */

import { readdir } from "node:fs/promises";
import { Problem } from "../../../shared/problem.ts";

/** `NAME:UUID.raw`, as OPS names the files of volumes. */
const VOLUME_FILE = /^(.+):([0-9a-f-]{36})\.raw$/i;

export interface PlannedMounts {
  /** What the manifest says. */
  mounts: Record<string, string>;
  volumes: string[];
  /** Keys that are no volume, in the order of their numbers. */
  hostFolders: string[];
}

/** Throws config.invalid for a mount point that no guest has. */
export async function planMounts(wanted: Record<string, string>, volumesFolder: string): Promise<PlannedMounts> {
  for (const [key, point] of Object.entries(wanted)) {
    if (point.startsWith("/") && point !== "/" && !point.split("/").includes("..")) continue;
    throw new Problem("config.invalid", `Mounts puts ${key} at “${point}”, which is not a valid mount point`, {
      hint: "A mount point is an absolute path below the root, such as /data.",
    });
  }
  const known = new Set(
    (await readdir(volumesFolder).catch(() => [])).flatMap((name) => VOLUME_FILE.exec(name)?.slice(1) ?? []),
  );
  const volumes = Object.keys(wanted).filter((key) => known.has(key));
  const hostFolders = Object.keys(wanted)
    .filter((key) => !known.has(key))
    .sort();
  const mounts = Object.fromEntries([
    ...volumes.map((key) => [key, wanted[key] ?? ""]),
    ...hostFolders.map((key, index) => [`%${index}`, wanted[key] ?? ""]),
  ]);
  return { mounts, volumes, hostFolders };
}
