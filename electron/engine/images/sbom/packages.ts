/** Which package of the host a file came with, by what its package manager says: dpkg, rpm or apk. */

import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import { findProgram } from "../../lib/find-program.ts";

export interface Package {
  type: "deb" | "rpm" | "apk";
  name: string;
  version: string;
  architecture: string | undefined;
}

/** Files by their paths on the host, and the package of each that one is known to have. */
export type PackagesByPath = Map<string, Package>;

/** A system, as package URLs name it. */
export interface Distribution {
  /** `debian` */
  name: string;
  /** `debian-12` */
  release: string;
}

/** Runs a program; what it wrote, whatever its exit code: managers fail for one unknown file, and answer for the others. */
type Ask = (...args: string[]) => Promise<string>;

interface Manager {
  program: string;
  find: (ask: Ask, paths: readonly string[]) => Promise<PackagesByPath>;
}

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 << 20;
/** Paths that are asked for at once: a command line has its limits. */
const BATCH = 200;

const managers: readonly Manager[] = [
  { program: "dpkg-query", find: askDpkg },
  { program: "rpm", find: askRpm },
  { program: "apk", find: askApk },
];

/** Asks the first package manager that this machine has. `searchPath` is where its programs are looked for. */
export async function findPackages(paths: readonly string[], searchPath?: string): Promise<PackagesByPath> {
  const found: PackagesByPath = new Map();
  if (paths.length === 0) return found;
  for (const { program, find } of managers) {
    const command = await findProgram(program, searchPath);
    if (command === undefined) continue;
    const named = await namesOf(paths);
    const ask: Ask = (...args) => run(command, args);
    for (let at = 0; at < named.length; at += BATCH) {
      const batch = named.slice(at, at + BATCH);
      const packages = await find(ask, [...new Set(batch.flatMap(({ names }) => names))]);
      for (const { path, names } of batch) {
        const name = names.find((one) => packages.has(one));
        const owner = name === undefined ? undefined : packages.get(name);
        if (owner) found.set(path, owner);
      }
    }
    if (found.size > 0) return found;
  }
  return found;
}

/** What this machine runs, by its os-release(5); undefined where it does not say. */
export async function readDistribution(path = "/etc/os-release"): Promise<Distribution | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const fields = new Map([...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, name, value]) => [name, value]));
  const [name, version] = [fields.get("ID"), fields.get("VERSION_ID")];
  return name ? { name, release: version ? `${name}-${version}` : name } : undefined;
}

/** Every name of a file that a package may have it under: `/lib` is a link to `/usr/lib` on many systems. */
async function namesOf(paths: readonly string[]): Promise<{ path: string; names: string[] }[]> {
  return await Promise.all(
    paths.map(async (path) => {
      const real = await realpath(path).catch(() => path);
      const names = [path, real].flatMap((one) => [one, one.startsWith("/usr/") ? one.slice(4) : `/usr${one}`]);
      return { path, names: [...new Set(names)] };
    }),
  );
}

/** dpkg takes patterns: a name that looks like one is not asked for. */
async function askDpkg(ask: Ask, paths: readonly string[]): Promise<PackagesByPath> {
  const plain = paths.filter((path) => !/[*?[\]\\]/.test(path));
  const owners = new Map<string, string>();
  for (const line of (await ask("-S", "--", ...plain)).split("\n")) {
    const [, owner, path] = /^([a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?)(?:, [^/]*)?: (\/.*)$/.exec(line) ?? [];
    if (owner !== undefined && path !== undefined) owners.set(path, owner);
  }
  if (owners.size === 0) return new Map();
  const fields = ["binary:Package", "Package", "Version", "Architecture"].map((field) => `\${${field}}`);
  const facts = new Map<string, Package>();
  for (const line of (await ask("-W", `-f=${fields.join("\\t")}\\n`, "--", ...new Set(owners.values()))).split("\n")) {
    const [owner = "", name = "", version = "", architecture] = line.split("\t");
    if (version !== "") facts.set(owner, { type: "deb", name, version, architecture });
  }
  return byPath(owners, facts);
}

/** rpm answers line by line, in the order of the paths; what nobody owns is a sentence without tabs. */
async function askRpm(ask: Ask, paths: readonly string[]): Promise<PackagesByPath> {
  const found: PackagesByPath = new Map();
  const lines = (await ask("-qf", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n", ...paths)).split("\n");
  paths.forEach((path, index) => {
    const [name = "", version = "", architecture] = lines[index]?.split("\t") ?? [];
    if (version !== "") found.set(path, { type: "rpm", name, version, architecture });
  });
  return found;
}

/** `/lib/libz.so.1 is owned by zlib-1.3.1-r2`. */
async function askApk(ask: Ask, paths: readonly string[]): Promise<PackagesByPath> {
  const found: PackagesByPath = new Map();
  for (const line of (await ask("info", "--who-owns", ...paths)).split("\n")) {
    const [, path, name, version] = /^(\/.*?) (?:symlink target )?is owned by (\S+)-(\d[^-\s]*-r\d+)$/.exec(line) ?? [];
    if (path && name && version) found.set(path, { type: "apk", name, version, architecture: undefined });
  }
  return found;
}

function byPath(owners: Map<string, string>, facts: Map<string, Package>): PackagesByPath {
  const found: PackagesByPath = new Map();
  for (const [path, owner] of owners) {
    const known = facts.get(owner);
    if (known) found.set(path, known);
  }
  return found;
}

function run(command: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: "C" } };
    execFile(command, args, options, (_, stdout) => resolve(stdout));
  });
}
