/** What in a program can't work in a unikernel, what the kernel at hand does not have, what is slow: rules over its symbols. */

import { open } from "node:fs/promises";
import type { ManifestSpec } from "../../../shared/contract/images.ts";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import type { Finding } from "../../../shared/contract/programs.ts";
import { fileSource } from "../formats/byte-source.ts";
import { type CallSite, findCallSites } from "../formats/elf/call-sites.ts";
import { analysisOf, readTables } from "../formats/elf/header.ts";
import { capabilitiesOf } from "../kernels/capabilities.ts";
import type { ElfProgram } from "./program.ts";

/** Go's own way to start a program; its symbol names the method. */
const GO_EXEC = "os/exec";
const GO_EXEC_SYMBOLS = ["os/exec.(*Cmd).Start", "os/exec.(*Cmd).Run", "os.StartProcess"];

/** Where the program calls what a unikernel, or this kind of kernel, does not have or is slow at; as far as its symbols tell. */
export async function findDoubtfulCalls({ facts, rareCalls, threadCalls }: ElfProgram): Promise<CallSite[]> {
  const refused = facts.refusedCalls.flatMap((call) => (call === GO_EXEC ? GO_EXEC_SYMBOLS : [call]));
  const wanted = [...refused, ...rareCalls, ...threadCalls];
  if (wanted.length === 0) return [];
  await using file = await open(facts.path);
  const { size } = await file.stat();
  const source = analysisOf(fileSource(file, size));
  return await findCallSites(source, await readTables(source), wanted);
}

/** Keys of the manifest that protect something: who sets them counts on it. */
const PROTECTIONS = ["firewall", "sandbox", "exec_protection", "mmap_min_addr"];

/** What of a manifest comes to nothing on that kind of kernel, one sentence each. */
export function idleManifestKeys({ passthrough = {}, debugFlags = [] }: ManifestSpec, kernel: KernelRelease["kind"]) {
  const used = capabilitiesOf(kernel).manifestKeys;
  if (!used)
    return passthrough.user === undefined
      ? []
      : ["Only Pith starts a program as another user: with this kernel the program runs as root"];
  const keys = [
    ...new Set([...Object.entries(passthrough).flatMap(([key, value]) => (value === "" ? [] : [key])), ...debugFlags]),
  ];
  return keys
    .filter((key) => !used.includes(key.replace(/^en\d+$/, "en1")))
    .map((key) =>
      PROTECTIONS.includes(key)
        ? `Pith does not enforce the manifest's “${key}”: the guest runs without it. A Nanos release enforces it`
        : `Pith does not use the manifest's “${key}”`,
    );
}

/** What starts threads in the program, in words; undefined if nothing does. What is linked into it counts when it is called. */
function threadsOf({ facts, marks, threadCalls }: ElfProgram, sites: readonly CallSite[]): string | undefined {
  if (facts.language === "go") return "The program's goroutines";
  const calls = threadCalls.filter((name) => marks.has(name) || sites.some(({ call }) => call === name));
  const names = calls.map((call) => (call.startsWith("_ZNSt6thread") ? "std::thread" : call));
  return names.length > 0 ? `Threads that the program starts (${names.join(", ")})` : undefined;
}

/** What a person should know of the program itself before it is built with a kernel of that kind. */
export function preflight(
  program: ElfProgram,
  kernel: KernelRelease["kind"],
  sites: readonly CallSite[] = [],
): Finding[] {
  const { facts, rareCalls, threadCalls } = program;
  const { processes, absentCalls, oneProcessor } = capabilitiesOf(kernel);
  const findings: Finding[] = [];
  const absent = rareCalls.filter((call) => absentCalls.includes(call));
  const placesOf = (isMeant: (call: string) => boolean) => {
    const places = sites.filter(({ call }) => isMeant(call));
    return places.length > 0 ? { places } : {};
  };
  if (facts.refusedCalls.length > 0 && !processes)
    findings.push({
      level: "warning",
      rule: "starts-processes",
      message: `The program can start other programs (${facts.refusedCalls.join(", ")}); a unikernel runs one, so these calls fail`,
      hint: "It works until it starts one. Look for an option that keeps the program in one process.",
      ...placesOf((call) => !rareCalls.includes(call) && !threadCalls.includes(call)),
    });
  if (absent.length > 0)
    findings.push({
      level: "note",
      rule: "absent-calls",
      kernel,
      message: `The program may use what this kernel does not support: ${absent.join(", ")}`,
      hint: "Such a call fails with ENOSYS. Many programs handle that; others may run with a Nanos release.",
      ...placesOf((call) => absent.includes(call)),
    });
  const threads = oneProcessor ? threadsOf(program, sites) : undefined;
  if (threads !== undefined)
    findings.push({
      level: "note",
      rule: "one-processor",
      kernel,
      message: `${threads} share one processor on this kernel`,
      hint: "They work, but more CPUs make them no faster. A Nanos release can use several.",
      ...placesOf((call) => threadCalls.includes(call)),
    });
  return findings;
}
