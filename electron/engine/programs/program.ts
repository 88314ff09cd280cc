/** Reads an ELF program: everything about it that can be known without running it. */

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { ProgramFacts } from "../../../shared/contract/programs.ts";
import {
  ElfDamage,
  type ElfHeader,
  type ElfKind,
  elfKind,
  FileType,
  readHeader,
  SegmentType,
} from "../../../shared/elf.ts";
import { Problem } from "../../../shared/problem.ts";
import { type ByteSource, fileSource } from "../formats/byte-source.ts";
import { bytesOf, type DynamicFacts, readDynamic } from "../formats/elf/dynamic.ts";
import { type GoFacts, readGoFacts } from "../formats/elf/go.ts";
import { analysisOf, type ElfTables, readSection, readTables } from "../formats/elf/header.ts";
import {
  architectureName,
  BEGINNING_BYTES,
  foreignProblem,
  loaderProblem,
  machineProblem,
} from "../formats/elf/identify.ts";
import { readNotes } from "../formats/elf/notes.ts";
import { type FoundSymbols, findSymbols } from "../formats/elf/symbols.ts";
import { type HostFile, hostFileOf } from "../formats/tfs/tree.ts";
import { toBytes } from "../formats/tfs/value.ts";
import { absentCallNames } from "../kernels/capabilities.ts";
import { FileMemo } from "../lib/file-memo.ts";
import { readProblem } from "../lib/read-problem.ts";
import { DLOPEN_MARKS } from "./dlopen-dependencies.ts";

/** What is known of a program beyond what people are shown. */
export interface ElfProgram {
  facts: ProgramFacts;
  /** The file as it was when it was read. */
  file: HostFile;
  /** The dynamic section, where there is one. */
  dynamic: DynamicFacts | undefined;
  /** Which of the functions that are looked for it imports. */
  marks: ReadonlySet<string>;
  /** Calls that not every kernel has. */
  rareCalls: string[];
  /** Calls that start a thread; in a static program they may be there without being called. */
  threadCalls: string[];
  usesTls: boolean;
  servesHttp: boolean;
}

/** Calls that start another program, by the names that C libraries give them. */
const REFUSED_CALLS = [
  "fork",
  "vfork",
  "execve",
  "execv",
  "execvp",
  "execvpe",
  "execl",
  "execlp",
  "execle",
  "fexecve",
  "execveat",
  "system",
  "popen",
  "posix_spawn",
  "posix_spawnp",
];
/** The last is std::thread's, in a program that has its C++ library beside it. */
const THREAD_CALLS = [
  "pthread_create",
  "thrd_create",
  "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE",
];
const CPP_MARKS = ["__cxa_throw", "__gxx_personality_v0", "_ZSt9terminatev", "_ZSt4cout"];
const RUST_MARKS = ["rust_eh_personality", "rust_begin_unwind", "__rust_alloc"];
const TLS_MARKS = ["SSL_connect", "SSL_CTX_new", "gnutls_init", "curl_easy_init"];
const MARKS = [
  ...REFUSED_CALLS,
  ...THREAD_CALLS,
  ...CPP_MARKS,
  ...RUST_MARKS,
  ...TLS_MARKS,
  ...DLOPEN_MARKS,
  ...absentCallNames,
];

const MAX_INTERPRETER_BYTES = 4096;
const MAX_COMMENT_BYTES = 64 * 1024;
const GNU_BUILD_ID = 3;

/** A program is inspected before it is built, mostly more than once. */
const programs = new FileMemo<ElfProgram>({
  maxEntries: 16,
  sizeOf: ({ dynamic }) => (dynamic ? bytesOf(dynamic) : 0),
});

/** Reads the program at `path`. Throws file.not-found, .unreadable, .is-directory, .empty, .unsupported, elf.* and the signal's reason. */
export async function readProgram(path: string, signal?: AbortSignal): Promise<ElfProgram> {
  const name = basename(path);
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    throw readProblem(error, path);
  });
  try {
    const stat = await handle.stat();
    if (stat.isDirectory())
      throw new Problem("file.is-directory", `${name} is a folder, not a program`, {
        hint: "Choose the program inside; a folder can be added to it.",
      });
    if (!stat.isFile())
      throw new Problem("file.unsupported", `${name} is a device or a pipe, not a program`, {
        hint: "Choose a file.",
      });
    if (stat.size === 0) throw new Problem("file.empty", `${name} is empty`, { hint: "Build the program again." });
    const source = analysisOf(fileSource(handle, stat.size), signal);
    const file = hostFileOf(toBytes(path), stat, true);
    return await programs.of(path, stat, () => describeProgram(path, name, source, file, stat.mtime.toISOString()));
  } catch (error) {
    throw damageProblem(error, name);
  } finally {
    await handle.close();
  }
}

function damageProblem(error: unknown, name: string): unknown {
  if (!(error instanceof ElfDamage)) return error;
  return new Problem("elf.damaged", `${name} is a damaged program: ${error.message}`, {
    hint: "Build or download it again.",
    cause: error,
  });
}

async function describeProgram(
  path: string,
  fileName: string,
  source: ByteSource,
  file: HostFile,
  modifiedAt: string,
): Promise<ElfProgram> {
  const foreign = foreignProblem(fileName, await source.read(0, BEGINNING_BYTES));
  if (foreign) throw foreign;
  const header = await readHeader(source);
  const wrongMachine = machineProblem(fileName, header);
  if (wrongMachine) throw wrongMachine;
  const tables = await readTables(source);
  const dynamic = await readDynamic(source, tables);
  const interpreter = await readInterpreter(source, tables);
  const linkage = linkageOf(fileName, header, tables, dynamic, interpreter);
  const wrongLoader = loaderProblem(fileName, interpreter);
  if (wrongLoader) throw wrongLoader;

  const [notes, comments, symbols, go] = await Promise.all([
    readNotes(source, tables),
    readComments(source, tables),
    findSymbols(source, tables.sections, MARKS),
    readGoFacts(source, tables.sections),
  ]);
  const has = (mark: string) => symbols.imported.has(mark) || symbols.defined.has(mark);
  const stripped = !tables.sections.some(({ name }) => name === ".symtab");
  return {
    facts: {
      path,
      fileName,
      sizeBytes: file.sizeBytes,
      modifiedAt,
      bits: header.bits,
      architecture: architectureName(header.machine),
      linkage,
      interpreter,
      needed: dynamic?.needed ?? [],
      runpath: dynamic ? (dynamic.runpath.length > 0 ? dynamic.runpath : dynamic.rpath) : [],
      buildId: notes.find(({ owner, type }) => owner === "GNU" && type === GNU_BUILD_ID)?.bytes.toString("hex"),
      ...languageOf(go, comments, symbols, dynamic, stripped),
      stripped,
      refusedCalls: refusedCalls(go, symbols),
    },
    file,
    dynamic,
    marks: symbols.imported,
    rareCalls: absentCallNames.filter(has),
    threadCalls: THREAD_CALLS.filter(has),
    usesTls: go ? go.usesTls : TLS_MARKS.some(has),
    servesHttp: go?.servesHttp ?? false,
  };
}

async function readInterpreter(source: ByteSource, { segments }: ElfTables): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === SegmentType.interpreter);
  if (!segment) return undefined;
  if (segment.fileBytes > MAX_INTERPRETER_BYTES || segment.offset > source.sizeBytes)
    throw new ElfDamage("the path of its interpreter is invalid");
  const bytes = await source.read(segment.offset, segment.fileBytes);
  const path = bytes.toString("utf8").replace(/\0.*$/s, "");
  if (!path.startsWith("/")) throw new ElfDamage("the path of its interpreter is not absolute");
  return path;
}

/** Throws elf.not-a-program, ElfDamage. */
function linkageOf(
  name: string,
  header: ElfHeader,
  { segments }: ElfTables,
  dynamic: DynamicFacts | undefined,
  interpreter: string | undefined,
): ProgramFacts["linkage"] {
  const kind = elfKind(header, segments, dynamic?.entries);
  if (kind === "unknown") throw new ElfDamage(`its type ${header.type} is unknown`);
  const isLoaded = segments.some(({ type }) => type === SegmentType.load);
  if (!isLoaded && (kind === "program" || kind === "library")) throw new ElfDamage("it has no loadable segment");
  if (kind !== "program") {
    const { what, hint } = notPrograms[kind];
    throw new Problem("elf.not-a-program", `${name} is ${what}`, { hint });
  }
  if (interpreter) return "dynamic";
  return header.type === FileType.executable ? "static" : "static-pie";
}

const notPrograms: Record<Exclude<ElfKind, "program" | "unknown">, { what: string; hint: string }> = {
  object: {
    what: "an object file, not yet linked",
    hint: "Link it into a program, or choose the program made from it.",
  },
  core: { what: "a core dump of a program", hint: "Choose the program itself." },
  library: {
    what: "a shared library, not a program",
    hint: "Choose a program; libraries are found and added automatically.",
  },
};

/** Strings that compilers and linkers leave in `.comment`. */
async function readComments(source: ByteSource, { sections }: ElfTables): Promise<string[]> {
  const section = sections.find(({ name }) => name === ".comment");
  if (!section) return [];
  return (await readSection(source, section, MAX_COMMENT_BYTES)).toString("utf8").split("\0").filter(Boolean);
}

function languageOf(
  go: GoFacts | undefined,
  comments: string[],
  { imported, defined }: FoundSymbols,
  dynamic: DynamicFacts | undefined,
  stripped: boolean,
): Pick<ProgramFacts, "language" | "toolchain"> {
  const has = (mark: string) => imported.has(mark) || defined.has(mark);
  const version = (pattern: RegExp, name: string) => {
    for (const comment of comments) {
      const match = pattern.exec(comment)?.[1];
      if (match) return `${name} ${match}`;
    }
    return undefined;
  };
  if (go) return { language: "go", toolchain: go.version };
  const rustc = version(/rustc version ([\w.-]+)/, "rustc");
  if (rustc || RUST_MARKS.some(has)) return { language: "rust", toolchain: rustc };
  const toolchain = version(/^GCC: \(.*\) ([\d.]+)/, "GCC") ?? version(/clang version ([\d.]+)/, "clang");
  if (CPP_MARKS.some(has) || dynamic?.needed.some((name) => /^lib(std)?c\+\+\.so/.test(name)))
    return { language: "c++", toolchain };
  // A stripped static program has lost what would tell C++ from C.
  return { language: toolchain && (dynamic || !stripped) ? "c" : "unknown", toolchain };
}

function refusedCalls(go: GoFacts | undefined, { imported, defined }: FoundSymbols): string[] {
  if (go) return go.startsProcesses ? ["os/exec"] : [];
  return REFUSED_CALLS.filter((call) => imported.has(call) || defined.has(call));
}
