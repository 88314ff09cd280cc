/** What a person should know about the libraries that were found for a program, and were not. Pure. */

import { dirname } from "node:path";
import type { Finding, Library } from "../../../shared/contract/programs.ts";
import { Problem } from "../../../shared/problem.ts";

/** Missing libraries and missing versions, those first that keep the program from starting. */
export function libraryFindings(libraries: readonly Library[]): Finding[] {
  const findings = libraries.flatMap((library): Finding[] => {
    const { name, found, neededBy, optional, unreachedAt, lacks = [] } = library;
    const level = optional ? "warning" : "error";
    if (!found)
      return [
        {
          level,
          rule: "library-missing",
          message:
            unreachedAt === undefined
              ? `${name}, needed by ${neededBy.join(", ")}, is not on the host`
              : `${name}, needed by ${neededBy.join(", ")}, is at ${unreachedAt}, where the loader does not search`,
          hint:
            unreachedAt === undefined
              ? "Install the package that has it, or link the program statically."
              : `Set LD_LIBRARY_PATH=${dirname(unreachedAt)} in the environment.`,
        },
      ];
    return lacks.map(({ version, neededBy: users }) => ({
      level,
      rule: "library-version",
      message: `${name} at ${library.hostPath} has no ${version}, which ${users.join(", ")} was linked against`,
      hint: "Build the program on a system as old as this one, or give the libraries of its own system with --sysroot.",
    }));
  });
  return [...findings.filter(({ level }) => level === "error"), ...findings.filter(({ level }) => level !== "error")];
}

/** Why the program can't start, with every place that was looked at; undefined where nothing is in its way. */
export function libraryProblem(fileName: string, libraries: readonly Library[]): Problem | undefined {
  const needed = libraries.filter(({ optional }) => !optional);
  const missing = needed.filter(({ found }) => !found);
  const old = needed.filter(({ lacks }) => lacks?.length);
  if (missing.length + old.length === 0) return undefined;
  const names = missing.map(({ name }) => name);
  const message =
    missing.length > 0
      ? `${fileName} needs ${names.length === 1 ? "a library that is" : "libraries that are"} not here: ${names.join(", ")}`
      : `${fileName} needs other library versions than the installed ones: ${old.flatMap(({ lacks = [] }) => lacks.map(({ version }) => version)).join(", ")}`;
  const places = missing.map(({ name, neededBy, searched }) =>
    [`${name}, needed by ${neededBy.join(", ")}; looked for at`, ...searched.map((path) => `  ${path}`)].join("\n"),
  );
  const [first] = libraryFindings(needed);
  return new Problem("elf.missing-libraries", message, {
    hint: missing.some(({ unreachedAt }) => unreachedAt !== undefined)
      ? (first?.hint ?? "")
      : missing.length > 0
        ? "Install the packages that have them, or link the program statically."
        : (first?.hint ?? ""),
    details: [...places, ...libraryFindings(old).map((finding) => finding.message)].join("\n"),
  });
}
