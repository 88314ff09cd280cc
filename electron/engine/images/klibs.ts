/** Modules of the kernel (klibs) for an image: those asked for, from the release or a folder, and those that others imply. */

import { join } from "node:path";
import type { BuildSpec } from "../../../shared/contract/images.ts";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import { readRegularBytes } from "../lib/open-regular.ts";

/** A module must fit into the boot file system. */
const MAX_KLIB_BYTES = 12 << 20;

/** The manifest's keys that trace system calls, which the module `strace` does. */
const TRACE_KEYS = ["debugsyscalls", "notrace", "tracelist", "syscall_summary"];

/** Names of modules that are needed for what `spec` asks for, as OPS adds them by itself (docs/formats.md, "The manifest"). */
export function impliedKlibs({ environment, manifest = {} }: Pick<BuildSpec, "environment" | "manifest">): string[] {
  const keys = [...Object.keys(manifest.passthrough ?? {}), ...(manifest.debugFlags ?? [])];
  const implied: string[] = [];
  if (keys.includes("cloud_init")) implied.push("tls");
  if (environment.RADAR_KEY !== undefined) implied.push("tls", "radar");
  if (keys.includes("firewall")) implied.push("firewall");
  if (manifest.noTrace || keys.some((key) => TRACE_KEYS.includes(key))) implied.push("strace");
  return [...new Set(implied)];
}

/**
 * The modules that an image for `release` gets. Those that the release does not have are left out with a note where
 * they are only implied, and always on Pith, which has what they do built in, or not at all.
 */
export function chooseKlibs(spec: BuildSpec, release: KernelRelease, note: (line: string) => void): string[] {
  const chosen = spec.klibs.filter((name) => release.kind !== "pith" || release.klibs.includes(name));
  const leftOut = spec.klibs.filter((name) => !chosen.includes(name));
  if (leftOut.length > 0)
    note(
      `Pith loads no klibs, so ${leftOut.join(", ")} ${leftOut.length === 1 ? "is" : "are"} left out; a Nanos release has them`,
    );
  for (const name of release.kind === "pith" ? [] : impliedKlibs(spec)) {
    if (chosen.includes(name)) continue;
    if (spec.klibFolder !== undefined || release.klibs.includes(name)) chosen.push(name);
    else note(`The kernel release ${release.id} has no klib “${name}”, which the configuration would need`);
  }
  return [...new Set(chosen)];
}

/** Reads modules from a folder of one's own. Throws kernel.not-found. */
export async function readKlibs(folder: string, names: readonly string[]): Promise<Map<string, Buffer>> {
  const klibs = new Map<string, Buffer>();
  for (const name of names) {
    const bytes = name.includes("/")
      ? undefined
      : await readRegularBytes(join(folder, name), MAX_KLIB_BYTES).catch(() => undefined);
    if (!bytes)
      throw new Problem("kernel.not-found", `There is no klib “${name}” in ${folder}`, {
        hint: "Check the name, and the folder of the klibs.",
      });
    klibs.set(name, bytes);
  }
  return klibs;
}
