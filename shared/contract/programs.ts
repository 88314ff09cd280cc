/** Programs: what an ELF file is and needs, before anything is built from it. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";

/** Something about the program that a person should know before building. */
export const Finding = z.object({
  level: z.enum(["error", "warning", "note"]),
  /** Stable name of the rule, such as `calls-fork` or `library-missing`. */
  rule: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  /** Only true of an image with such a kernel; without it, of all. */
  kernel: z.enum(["pith", "nanos", "unknown"]).optional(),
  /** Where in the program, as far as it shows: which function is called, and from which. */
  places: z
    .array(
      z.object({
        call: z.string(),
        within: z.string().optional(),
        address: z.number().int().min(0),
        fileOffset: z.number().int().min(0),
      }),
    )
    .optional(),
});
export type Finding = z.infer<typeof Finding>;

export const Library = z.object({
  /** As the program names it: `libm.so.6`. */
  name: z.string(),
  found: z.boolean(),
  /** Where it lies on the host. */
  hostPath: z.string().optional(),
  /** Where the guest's loader will look for it. */
  guestPath: z.string().optional(),
  sizeBytes: z.number().int().min(0).optional(),
  /** Of a missing one: where an added file has it, and the loader does not look. */
  unreachedAt: z.string().optional(),
  /** By which of the loader's rules; `image`: it is among the files that are added. */
  foundBy: z.enum(["path", "rpath", "runpath", "environment", "cache", "configuration", "default", "image"]).optional(),
  /** The program starts without it: it is for what may be opened while it runs. */
  optional: z.boolean().optional(),
  /** The same library for better processors, in `glibc-hwcaps`. */
  variants: z.array(z.object({ hostPath: z.string(), guestPath: z.string() })).optional(),
  /** Versions of its symbols that others need, and that the one that was found does not have. */
  lacks: z.array(z.object({ version: z.string(), neededBy: z.array(z.string()) })).optional(),
  /** File names of the objects that need it. */
  neededBy: z.array(z.string()),
  /** For a missing one: every path that was tried. */
  searched: z.array(z.string()),
});
export type Library = z.infer<typeof Library>;

export const ProgramFacts = z.object({
  path: z.string(),
  fileName: z.string(),
  sizeBytes: z.number().int().min(0),
  modifiedAt: z.iso.datetime(),
  bits: z.union([z.literal(32), z.literal(64)]),
  /** `x86-64`, `arm64`, or the ELF machine number as `machine 243`. */
  architecture: z.string(),
  linkage: z.enum(["static", "static-pie", "dynamic"]),
  interpreter: z.string().optional(),
  needed: z.array(z.string()),
  runpath: z.array(z.string()),
  buildId: z.string().optional(),
  /** What it was written in, as far as it shows. */
  language: z.enum(["go", "rust", "c++", "c", "unknown"]),
  /** `go1.26.1`, `rustc 1.95.0`, `GCC 12.2.0` … */
  toolchain: z.string().optional(),
  stripped: z.boolean(),
  /** Names of calls that a unikernel refuses: fork, execve, system, popen, posix_spawn … */
  refusedCalls: z.array(z.string()),
});
export type ProgramFacts = z.infer<typeof ProgramFacts>;

/** The whole answer of an inspection: what the build sheet and `unideck inspect` show. */
export const Inspection = z.object({
  program: ProgramFacts,
  libraries: z.array(Library),
  findings: z.array(Finding),
  suggested: z.object({
    name: z.string(),
    /** Where it goes in an image unless something else is said. */
    programPath: z.string(),
    memoryBytes: z.number().int().positive(),
    /** It is a runtime that checks what `uname` tells. */
    reportAsLinux: z.boolean().optional(),
    ports: z.array(z.number().int().min(1).max(65535)),
  }),
});
export type Inspection = z.infer<typeof Inspection>;

/** What belongs to an interpreter beside its own file, as this host has it. */
export const Companion = z.object({
  /** `Python 3.11's standard library`. */
  title: z.string(),
  folders: z.array(z.object({ host: z.string(), guest: z.string() })),
  sizeBytes: z.number().int().min(0),
});
export type Companion = z.infer<typeof Companion>;

/** For an interpreter, what belongs to it; for a script, the interpreter of this host that runs it. */
export const Runtime = z.object({
  companion: Companion.optional(),
  /** What the interpreter uses too where it is added, such as Debian's Python packages. */
  offers: z.array(Companion).optional(),
  interpreter: z.object({ name: z.string(), path: z.string() }).optional(),
  /** Name of a script's interpreter that this host does not have. */
  missing: z.string().optional(),
});
export type Runtime = z.infer<typeof Runtime>;

export const fileProblems = [
  "file.not-found",
  "file.unreadable",
  "file.is-directory",
  "file.empty",
  "file.unsupported",
] as const;
export const elfProblems = [
  "elf.not-elf",
  "elf.wrong-os",
  "elf.wrong-architecture",
  "elf.not-a-program",
  "elf.script",
  "elf.damaged",
] as const;

const calls = {
  inspect: oc
    .route({ method: "POST", path: "/programs/inspect", summary: "Inspect an ELF program" })
    .input(
      z.object({
        path: z.string().min(1),
        /** Absolute path of a folder that stands for the root of a system: libraries are looked for there first. */
        sysroot: z.string().min(1).optional(),
      }),
    )
    .output(Inspection)
    .errors(problems(...fileProblems, ...elfProblems)),
  /** What a file needs of a language's runtime; empty for most. */
  runtime: oc
    .route({ method: "POST", path: "/programs/runtime", summary: "Find what an interpreter or a script needs" })
    .input(z.object({ path: z.string().min(1) }))
    .output(Runtime),
  /** The path of the bundled sample program. */
  sample: oc
    .route({ method: "GET", path: "/programs/sample", summary: "Show where the bundled sample program is" })
    .output(z.object({ path: z.string() }))
    .errors(problems("file.not-found")),
};

export const programs = { calls };
