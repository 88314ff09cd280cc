/** Says what a program is and needs, what will not work, and with what settings to begin: the build sheet's facts. */

import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import type { Finding, Inspection } from "../../../shared/contract/programs.ts";
import type { CallSite } from "../formats/elf/call-sites.ts";
import { type ResolvedLibrary, resolveLibraries } from "./libraries.ts";
import { libraryFindings } from "./library-findings.ts";
import { proposeName } from "./name.ts";
import { findDoubtfulCalls, preflight } from "./preflight.ts";
import { type ElfProgram, readProgram } from "./program.ts";
import { placeProgram } from "./program-place.ts";
import { runtimeThatChecks } from "./reported-system.ts";

const MIB = 1 << 20;

/** Inspects the program at an absolute path. Throws what readProgram does. */
export async function inspectProgram(path: string, sysroot?: string): Promise<Inspection> {
  const program = await readProgram(path);
  const place = await placeProgram({ program: path, files: [], folders: [] });
  const { libraries } = await resolveLibraries(program, place.path, { sysroot });
  return {
    program: program.facts,
    libraries: libraries.map(({ file: _, variantFiles: __, ...library }) => library),
    findings: findingsFor(program, libraries, "pith", await findDoubtfulCalls(program)),
    suggested: {
      name: proposeName(program.facts.fileName),
      programPath: place.path,
      memoryBytes: suggestMemory(program, libraries),
      reportAsLinux: runtimeThatChecks(program) !== undefined,
      ports: suggestPorts(program),
    },
  };
}

/** What a person should know before this program is built with a kernel of that kind. */
export function findingsFor(
  program: ElfProgram,
  libraries: readonly ResolvedLibrary[],
  kernel: KernelRelease["kind"] = "pith",
  sites: readonly CallSite[] = [],
): Finding[] {
  return [...libraryFindings(libraries), ...preflight(program, kernel, sites)];
}

/** Runtimes that want more than their size tells. */
const memoryByLanguage: Partial<Record<Inspection["program"]["language"], number>> = { go: 128 * MIB };
const roomyPrograms: [pattern: RegExp, bytes: number][] = [
  [/^(node|deno|bun)/, 512 * MIB],
  [/^java/, 1024 * MIB],
  [/^(python|ruby|php|perl)/, 256 * MIB],
  [/^(postgres|mysqld|mariadbd|mongod)/, 512 * MIB],
];

/** What a program of that name needs at least, where it is known to be a roomy one. */
export function roomFor(fileName: string): number | undefined {
  return roomyPrograms.find(([pattern]) => pattern.test(fileName))?.[1];
}

function suggestMemory({ facts }: ElfProgram, libraries: readonly ResolvedLibrary[]): number {
  const loaded = libraries.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, facts.sizeBytes);
  const least = roomFor(facts.fileName) ?? memoryByLanguage[facts.language];
  const wanted = Math.max(least ?? 64 * MIB, 2 * loaded);
  return 2 ** Math.ceil(Math.log2(wanted));
}

const portsByName: [pattern: RegExp, ports: number[]][] = [
  [/^(nginx|httpd|apache2|lighttpd|caddy)/, [80]],
  [/^(redis|valkey)-server/, [6379]],
  [/^memcached/, [11211]],
  [/^postgres/, [5432]],
  [/^(mysqld|mariadbd)/, [3306]],
  [/^mongod/, [27017]],
  // What the examples of their web frameworks listen on.
  [/^(node|bun)$/, [3000]],
  [/^deno$/, [8000]],
];
/** What most examples of Go's net/http listen on. */
const HTTP_PORT = 8080;

function suggestPorts({ facts, servesHttp }: ElfProgram): number[] {
  return portsByName.find(([pattern]) => pattern.test(facts.fileName))?.[1] ?? (servesHttp ? [HTTP_PORT] : []);
}
