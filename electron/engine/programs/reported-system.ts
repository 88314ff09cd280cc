/** What `uname` tells a program: Pith, or Linux for those that run nowhere else. Pure. */

import type { BuildSpec } from "../../../shared/contract/images.ts";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import type { ElfProgram } from "./program.ts";

/**
 * Runtimes that are known to refuse, or to do without a part of themselves, where uname's sysname is not `Linux`; by the name
 * of their program, or by a library that it needs. More of them belong here, and nowhere else.
 */
const runtimesThatCheck: { name: string; program: RegExp; library?: RegExp; what: string }[] = [
  {
    name: "Java",
    program: /^(java|jshell|jwebserver)$/,
    // Launchers of applications have other names.
    library: /^lib(jvm|jli)\.so/,
    what: "starting processes, and libraries such as Netty, JNA and sqlite-jdbc",
  },
  { name: "Mono", program: /^mono(-sgen)?$/, library: /^libmono(sgen)?-2\.0\.so/, what: "its platform checks" },
];

interface ReportedSystem {
  /** For the manifest; undefined: the kernel's own name. */
  sysname?: "Linux";
  /** What a person should know of it. */
  note?: string;
}

/** Whether the program is a runtime that checks. */
export function runtimeThatChecks({ facts }: Pick<ElfProgram, "facts">) {
  return runtimesThatCheck.find(
    ({ program, library }) =>
      program.test(facts.fileName) || facts.needed.some((needed) => library?.test(needed) ?? false),
  );
}

/** What an image's kernel will report. A manifest's own `uname` wins over all. */
export function reportedSystem(
  { uname, manifest }: Pick<BuildSpec, "uname" | "manifest">,
  program: Pick<ElfProgram, "facts">,
  kernel: KernelRelease["kind"],
): ReportedSystem {
  if (manifest?.passthrough?.uname !== undefined || uname === "pith") return {};
  if (kernel !== "pith")
    return uname === "linux" ? { note: "Only Pith can report as Linux: --uname has no effect" } : {};
  if (uname === "linux") return { sysname: "Linux" };
  const runtime = runtimeThatChecks(program);
  if (!runtime) return {};
  return {
    sysname: "Linux",
    note: `uname reports Linux, because ${runtime.name} checks it (${runtime.what}); --uname pith reports Pith`,
  };
}
