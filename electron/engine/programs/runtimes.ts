/**
 * Interpreters, and what each needs beside its own file: its standard library, found where the real one on this host is. Also
 * which interpreter a script is for. Nothing is run.
 */

import type { Dirent } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { Companion, Runtime as Needs } from "../../../shared/contract/programs.ts";
import { ELF_MAGIC } from "../../../shared/elf.ts";
import { findProgram } from "../lib/find-program.ts";

interface Runtime {
  /** Of the program's file. */
  fileName: RegExp;
  /** Scripts for it: their extensions, and what stands in their first line. */
  extensions: readonly string[];
  /** Names of its program, the best first, as the host's PATH knows them. */
  programs: readonly string[];
  /** What stands before a script among its arguments. */
  options?: readonly string[];
  /** What belongs to the program at this real path, in words and folders; a folder that does not exist is left out. */
  companion?: (program: string) => Promise<Belonging | undefined>;
  /** What it uses where it is there, though it starts without. */
  offer?: (program: string) => Promise<Belonging | undefined>;
}

interface Belonging {
  title: string;
  folders: readonly string[];
}

/** The one table of them. */
const runtimes: readonly Runtime[] = [
  {
    fileName: /^python(3(\.\d+)?)?$/,
    extensions: [".py"],
    programs: ["python3", "python"],
    companion: pythonLibrary,
    offer: debianPackages,
  },
  {
    fileName: /^(node|nodejs)$/,
    extensions: [".js", ".mjs", ".cjs"],
    programs: ["node", "nodejs"],
  },
  {
    fileName: /^ruby(\d+(\.\d+)*)?$/,
    extensions: [".rb"],
    programs: ["ruby"],
    companion: async (program) => ({
      title: "Ruby's standard library",
      folders: withMultiarch(prefixOf(program), "ruby"),
    }),
  },
  {
    fileName: /^php(\d+(\.\d+)*)?$/,
    extensions: [".php"],
    programs: ["php"],
    companion: async (program) => ({ title: "PHP's extensions", folders: [join(prefixOf(program), "lib", "php")] }),
  },
  {
    fileName: /^perl(5(\.\d+)*)?$/,
    extensions: [".pl"],
    programs: ["perl"],
    companion: async (program) => ({
      title: "Perl's standard library",
      folders: [...withMultiarch(prefixOf(program), "perl-base"), join(prefixOf(program), "share", "perl")],
    }),
  },
  {
    fileName: /^java$/,
    extensions: [".jar"],
    programs: ["java"],
    options: ["-jar"],
    companion: async (program) => ({
      title: "the Java runtime",
      folders: (await exists(join(prefixOf(program), "lib", "modules"))) ? [prefixOf(program)] : [],
    }),
  },
];

/** `/usr` for `/usr/bin/ruby`. */
const prefixOf = (program: string) => dirname(dirname(program));

/** Debian keeps the compiled parts apart. */
const withMultiarch = (prefix: string, name: string) => [
  join(prefix, "lib", name),
  join(prefix, "lib", "x86_64-linux-gnu", name),
];

/** Where a Python that was copied, or dropped in a browser, has its library on most hosts. */
const PYTHON_PREFIXES = ["/usr", "/usr/local"];

async function pythonLibrary(program: string) {
  const version = /^python(3\.\d+)$/.exec(basename(program))?.[1];
  for (const prefix of [prefixOf(program), ...PYTHON_PREFIXES]) {
    const names = version === undefined ? await namesIn(join(prefix, "lib")) : [`python${version}`];
    const found = names.filter((name) => /^python3\.\d+$/.test(name));
    const folders = [];
    for (const name of found)
      if (await exists(join(prefix, "lib", name, "os.py"))) folders.push(join(prefix, "lib", name));
    const [folder, another] = folders;
    // Of several versions nobody can say which one this program is.
    if (folder !== undefined && another === undefined)
      return { title: `Python ${basename(folder).slice("python".length)}'s standard library`, folders: [folder] };
  }
  return undefined;
}

/** Debian's packages, which its own Python sees: not one that was built elsewhere. */
async function debianPackages(program: string): Promise<Belonging | undefined> {
  if (prefixOf(program) !== "/usr") return undefined;
  const version = /^python(3\.\d+)$/.exec(basename(program))?.[1];
  const local = version === undefined ? [] : [`/usr/local/lib/python${version}/dist-packages`];
  return { title: "Debian's Python packages", folders: [...local, "/usr/lib/python3/dist-packages"] };
}

/** What the file at an absolute path needs of a runtime. Never rejects: it is an offer. */
export async function runtimeFor(path: string): Promise<Needs> {
  const real = await realpath(path).catch(() => path);
  const isProgram = await isElf(real).catch(() => false);
  if (isProgram) {
    const offers = await offersFor(path).catch(() => []);
    return { companion: await companionOf(path).catch(() => undefined), ...(offers.length > 0 && { offers }) };
  }
  const found = await interpreterFor(path).catch(() => undefined);
  if (!found) return {};
  const { name, path: interpreter } = found;
  return interpreter === undefined ? { missing: name } : { interpreter: { name, path: interpreter } };
}

/** More files than this are not counted: no runtime has so many. */
const MOST_FILES = 200_000;

/** What belongs to an interpreter beside its own file; undefined where the program is none, or nothing was found. */
export async function companionOf(program: string): Promise<Companion | undefined> {
  const { runtime, real } = await runtimeOf(program);
  return await measured(await runtime?.companion?.(real));
}

/** What an interpreter uses besides, where this host has it. */
export async function offersFor(program: string): Promise<Companion[]> {
  const { runtime, real } = await runtimeOf(program);
  const offer = await measured(await runtime?.offer?.(real));
  return offer ? [offer] : [];
}

async function runtimeOf(program: string) {
  const real = await realpath(program).catch(() => program);
  const names = [basename(program), basename(real)];
  return { real, runtime: runtimes.find((one) => names.some((name) => one.fileName.test(name))) };
}

async function measured(found: Belonging | undefined): Promise<Companion | undefined> {
  if (!found) return undefined;
  const folders: Companion["folders"] = [];
  let sizeBytes = 0;
  for (const host of found.folders) {
    // One that is empty holds nothing that anybody would miss.
    if ((await namesIn(host)).length === 0) continue;
    // Interpreters know their library by the path that they were built for.
    folders.push({ host, guest: host });
    sizeBytes += await sizeOf(host);
  }
  return folders.length > 0 ? { title: found.title, folders, sizeBytes } : undefined;
}

/** What a script's first line may hold (the kernel of Linux reads 256 bytes of it). */
const FIRST_LINE_BYTES = 256;

/** A script's interpreter; without a path where this host does not have it. */
interface Interpreter {
  name: string;
  path: string | undefined;
  options: readonly string[];
}

/** The interpreter for a script, by its first line or its extension; undefined where it is none of these. */
export async function interpreterFor(script: string): Promise<Interpreter | undefined> {
  const line = await firstLineOf(script);
  const named = /^#!\s*(?:\S*\/env(?:\s+-S)?\s+)?(\S+)/.exec(line)?.[1];
  const byLine = runtimes.find(({ fileName }) => named !== undefined && fileName.test(basename(named)));
  const runtime = byLine ?? runtimes.find(({ extensions }) => extensions.includes(extname(script).toLowerCase()));
  if (!runtime) return undefined;
  const { options = [] } = runtime;
  // The version that it names comes first.
  const names = byLine && named !== undefined ? [basename(named), ...runtime.programs] : runtime.programs;
  for (const name of names) {
    const path = await findInterpreter(name);
    if (path !== undefined) return { name: basename(path), path, options };
  }
  return { name: names[0] ?? "", path: undefined, options };
}

/** The real program, whatever links lead to it; what is no ELF, such as a wrapper, is no program for an image. */
export async function findInterpreter(name: string): Promise<string | undefined> {
  const found = ["/usr/bin", "/usr/local/bin"].map((folder) => join(folder, name));
  const onPath = await findProgram(name);
  for (const path of [...(onPath === undefined ? [] : [onPath]), ...found]) {
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined && (await isElf(real))) return real;
  }
  return undefined;
}

export async function isElf(path: string): Promise<boolean> {
  return (await headOf(path, 4)).toString("latin1") === ELF_MAGIC;
}

async function firstLineOf(path: string): Promise<string> {
  return (await headOf(path, FIRST_LINE_BYTES)).toString("utf8").split("\n")[0] ?? "";
}

async function headOf(path: string, bytes: number): Promise<Buffer> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return Buffer.alloc(0);
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((): Dirent[] => []);
  let sizeBytes = 0;
  for (const entry of entries.slice(0, MOST_FILES))
    if (entry.isFile()) sizeBytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  return sizeBytes;
}

const namesIn = (folder: string) => readdir(folder).catch((): string[] => []);

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
