/** The programs that tests drop, built from the sources in the repository by the machine's compilers. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./world.ts";

const sources = join(root, "kernel", "tests", "guest");
const outputs = join(root, "build", "e2e");

/** Ways to link a program, by compiler and flags. */
const linkages = {
  "gcc-static": ["gcc", "-static"],
  "gcc-static-pie": ["gcc", "-static-pie", "-fPIE"],
  "gcc-dynamic": ["gcc"],
  "musl-static": ["musl-gcc", "-static"],
  "musl-static-pie": ["musl-gcc", "-static-pie", "-fPIE"],
  "g++-static": ["g++", "-static"],
} as const;

export type Linkage = keyof typeof linkages;

/** Path of `kernel/tests/guest/SOURCE` built with that linkage; built again only when the source is newer. */
export function program(source: string, linkage: Linkage = "gcc-static", flags: readonly string[] = []): string {
  const from = join(sources, source);
  const to = join(outputs, linkage, source.replace(/\.[a-z]+$/, "") + flags.join(""));
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return to;
  mkdirSync(join(outputs, linkage), { recursive: true });
  const [compiler, ...options] = linkages[linkage];
  execFileSync(compiler, ["-O1", "-g", "-Wall", ...options, "-o", to, from, ...flags], { stdio: "inherit" });
  return to;
}
