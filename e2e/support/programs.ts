/** The programs that tests drop: sources in the repository, built by the machine's compilers as their Makefile says. */

import { execFileSync } from "node:child_process";
import { join, parse } from "node:path";
import { root, type World } from "./world.ts";

const folder = join(root, "kernel", "tests", "guest");
const outputs = join(root, "kernel", "build", "tests", "guest");

export const linkages = {
  c: ["gcc-static", "gcc-static-pie", "gcc-dynamic", "musl-static", "musl-static-pie", "musl-dynamic"],
  cpp: ["g++-static", "g++-static-pie", "g++-dynamic"],
} as const;

export type Linkage = (typeof linkages)["c" | "cpp"][number];

/** Path of `kernel/tests/guest/SOURCE` linked that way; its file has the source's plain name. Built when it has to be. */
export function program(source: string, linkage: Linkage = "gcc-static"): string {
  const path = join(outputs, linkage, parse(source).name);
  make(path);
  return path;
}

/** Path of the program in `e2e/programs/go/NAME`, static, built by the machine's Go as it is: no module is fetched, no other version. */
export function goProgram(world: World, name: string): string {
  const path = world.path(`go-${name}`);
  execFileSync("go", ["build", "-o", path, `./${name}`], {
    cwd: join(root, "e2e", "programs", "go"),
    env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOPROXY: "off", GOFLAGS: "-mod=mod" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return path;
}

/** Builds every program there is, side by side; those that a test asks for later are there then. */
export function buildAllPrograms(): void {
  make("-j2");
}

function make(what: string): void {
  execFileSync("make", ["-s", "-C", folder, `BUILD=${join(root, "kernel", "build", "tests")}`, what], {
    stdio: "inherit",
  });
}
