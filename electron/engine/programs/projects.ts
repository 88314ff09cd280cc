/**
 * What a folder that is no configuration, or a script, is run with: a JDK, a Node project, a Python project, or one script
 * and its interpreter. All of it is a guess that a person can change. Nothing is run.
 */

import { readFile, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { z } from "zod";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import { BuildSpec, type Placement } from "../../../shared/contract/images.ts";
import type { Companion } from "../../../shared/contract/programs.ts";
import { Problem } from "../../../shared/problem.ts";
import { roomFor } from "./inspect.ts";
import { proposeName } from "./name.ts";
import { isOfSystem } from "./program-place.ts";
import { companionOf, findInterpreter, interpreterFor, isElf, offersFor } from "./runtimes.ts";

/** Where a project's folder stands in the guest. */
const PROJECT = "/app";
/** A `package.json` or a `pyvenv.cfg` has some kilobytes. */
const MOST_BYTES = 1 << 20;

type Build = Partial<z.input<typeof BuildSpec>>;

interface Guessed {
  path: string;
  program: string;
  build: Build;
  guess: NonNullable<Configuration["guess"]>;
  warnings?: string[];
}

/**
 * The guess for a folder or a script, with `words` as further arguments; undefined where it is none of these. Throws
 * file.not-found where the interpreter is not on this machine.
 */
export async function guessProject(path: string, words: readonly string[] = []): Promise<Configuration | undefined> {
  const facts = await stat(path).catch(() => undefined);
  const guessed = facts?.isDirectory()
    ? await guessFolder(await realpath(path), words)
    : facts?.isFile()
      ? await guessScript(path, words)
      : undefined;
  if (!guessed) return undefined;
  const { program, build, guess, warnings = [] } = guessed;
  return {
    path: guessed.path,
    program,
    build: BuildSpec.omit({ program: true }).parse(build),
    run: { memoryBytes: roomFor(basename(program)) },
    guess,
    kept: {},
    warnings,
  };
}

async function guessFolder(folder: string, words: readonly string[]): Promise<Guessed | undefined> {
  const jdk = await guessJdk(folder, words);
  if (jdk) return jdk;
  const node = await readPackage(folder);
  const python = await findPython(folder);
  // A project of both, such as a server in Python with pages in JavaScript: the one that has something to run.
  if (node && (node.entry !== undefined || !python)) return await guessNode(folder, node, words);
  return python && (await guessPython(folder, python, words));
}

async function guessJdk(folder: string, words: readonly string[]): Promise<Guessed | undefined> {
  const program = join(folder, "bin", "java");
  const parts = [join(folder, "lib", "modules"), join(folder, "lib", "server", "libjvm.so")];
  if (!(await isElf(program)) || !(await Promise.all(parts.map(isFile))).includes(true)) return undefined;
  const guest = isOfSystem(folder) ? folder : `/${basename(folder)}`;
  return {
    path: folder,
    program,
    // Debian keeps what is configured below /etc, behind links.
    build: {
      name: nameOf(folder),
      arguments: words.length > 0 ? [...words] : ["-version"],
      folders: [{ host: folder, guest }],
      followLinks: true,
    },
    guess: {
      title: `${basename(folder)} is a Java runtime`,
      sentence:
        words.length > 0
          ? `Its bin/java is the program, and the folder is added as ${guest}.`
          : `Its bin/java is the program, and the folder is added as ${guest}. As it is, it prints its version. To run a program, add its .jar and change the arguments to -jar /NAME.jar.`,
      offers: [],
    },
  };
}

const PackageFile = z.object({
  main: z.string().optional().catch(undefined),
  bin: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  scripts: z.object({ start: z.string().optional() }).optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

interface NodePackage {
  entry: string | undefined;
  /** It needs packages, and none are there. */
  isBare: boolean;
}

async function readPackage(folder: string): Promise<NodePackage | undefined> {
  const text = await readSmall(join(folder, "package.json"));
  if (text === undefined) return undefined;
  const { main, bin, scripts, dependencies = {} } = PackageFile.catch({}).parse(parsed(text));
  const started = /^\s*node\s+([^\s-][^\s|&;<>$"'`*]*)\s*$/.exec(scripts?.start ?? "")?.[1];
  const [ofBin] = typeof bin === "string" ? [bin] : Object.values(bin ?? {});
  const isBare = Object.keys(dependencies).length > 0 && !(await isFolder(join(folder, "node_modules")));
  return {
    entry: await firstIn(folder, [started, main, ofBin, "index.js", "server.js"], ["", ".js", "/index.js"]),
    isBare,
  };
}

async function guessNode(folder: string, { entry, isBare }: NodePackage, words: readonly string[]): Promise<Guessed> {
  const program = await findInterpreter("node");
  if (program === undefined) throw notHere(`${folder} is a Node project`, "node");
  return {
    path: folder,
    program,
    build: inProject(folder, [{ host: folder, guest: PROJECT }], entry, words),
    guess: {
      title: `${basename(folder)} is a Node project`,
      sentence: `${runs(entry, program)} The folder is added as ${PROJECT}, where it starts.`,
      offers: [],
      asksFor: entry === undefined && words.length === 0 ? "index.js" : undefined,
      first: isBare
        ? { sentence: "Its packages are not installed. First run:", command: `cd ${quoted(folder)} && npm install` }
        : undefined,
    },
  };
}

interface PythonProject {
  /** Folder of the virtual environment, below the project's or the same. */
  environment: string | undefined;
  settings: string;
}

async function findPython(folder: string): Promise<PythonProject | undefined> {
  const hasRequirements = await isFile(join(folder, "requirements.txt"));
  for (const environment of [".venv", "venv", "env", ""].map((name) => join(folder, name))) {
    const settings = await readSmall(join(environment, "pyvenv.cfg"));
    if (settings !== undefined) return { environment, settings };
  }
  return hasRequirements ? { environment: undefined, settings: "" } : undefined;
}

const PYTHON_MAINS = ["app.py", "main.py", "server.py", "__main__.py"];

async function guessPython(
  folder: string,
  { environment, settings }: PythonProject,
  words: readonly string[],
): Promise<Guessed> {
  const entry = await firstIn(folder, PYTHON_MAINS, [""]);
  const found = environment === undefined ? await systemPython(folder) : await pythonOf(environment, folder);
  const { program, build } = found;
  const companion = await companionOf(program);
  const seesSystem = environment === undefined || /^include-system-site-packages\s*=\s*true\s*$/im.test(settings);
  const folders = [{ host: folder, guest: PROJECT }, ...(companion?.folders ?? [])];
  const environmentName = environment === undefined ? undefined : basename(environment);
  return {
    path: folder,
    program,
    build: { ...inProject(folder, folders, entry, words), ...build },
    guess: {
      title:
        environmentName === undefined || environment === folder
          ? `${basename(folder)} is a Python ${environment === folder ? "environment" : "project"}`
          : `${basename(folder)} is a Python project with the environment ${environmentName}`,
      sentence: `${runs(entry, program)} The folder is added as ${PROJECT}, where it starts${andAlso(companion)}.`,
      offers: seesSystem ? await offersFor(program) : [],
      asksFor: entry === undefined && words.length === 0 ? "main.py" : undefined,
      first: environment === undefined ? makesEnvironment(folder) : undefined,
    },
  };
}

const makesEnvironment = (folder: string) => ({
  sentence: "The packages in requirements.txt are not installed. First run:",
  command: `cd ${quoted(folder)} && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt`,
});

async function systemPython(folder: string): Promise<{ program: string; build: Build }> {
  const program = (await findInterpreter("python3")) ?? (await findInterpreter("python"));
  if (program === undefined) throw notHere(`${folder} is a Python project`, "python3");
  return { program, build: {} };
}

/**
 * The interpreter of an environment: a link in it, which tells Python where it is, leads to the real one outside. That one
 * stands in the guest where the last link outside of the project leads to, so that none leads nowhere.
 */
async function pythonOf(environment: string, folder: string): Promise<{ program: string; build: Build }> {
  const link = join(environment, "bin", "python");
  const program = await realpath(link).catch(() => undefined);
  if (program === undefined || !(await isElf(program)))
    throw new Problem("file.not-found", `${link} points to a Python that is not on this computer`, {
      hint: `Create the environment again: python3 -m venv --clear ${quoted(environment)}`,
    });
  const guest = PROJECT + link.slice(folder.length);
  if (isBelow(program, folder)) return { program, build: { programPath: PROJECT + program.slice(folder.length) } };
  return { program, build: { programPath: await leaves(link, folder), programName: guest } };
}

/** The first path outside of the folder, on the way that links lead. */
async function leaves(link: string, folder: string): Promise<string> {
  let path = link;
  for (let step = 0; step < 40 && isBelow(path, folder); step += 1) path = resolve(dirname(path), await readlink(path));
  return path;
}

async function guessScript(script: string, words: readonly string[]): Promise<Guessed | undefined> {
  const asked = await interpreterFor(script);
  if (!asked) return undefined;
  const name = basename(script);
  if (asked.path === undefined) throw notHere(`${name} is a script`, asked.name, script);
  const guest = `/${name}`;
  const companion = await companionOf(asked.path);
  const beside = asked.name.startsWith("python") ? await findPython(dirname(script)) : undefined;
  return {
    path: script,
    program: asked.path,
    build: {
      name: proposeName(name),
      arguments: [...asked.options, guest, ...words],
      files: [{ host: script, guest }],
      folders: companion?.folders ?? [],
      followLinks: asked.options.length > 0 || undefined,
    },
    guess: {
      title: `${name} is run by ${asked.name}`,
      sentence: `The program is ${asked.path}. It is added as ${guest}${andAlso(companion)}.`,
      offers: await offersFor(asked.path),
    },
    warnings: beside?.environment
      ? [
          `The environment beside it, ${beside.environment}, is left out. To add it, use the folder: ${quoted(dirname(script))}`,
        ]
      : [],
  };
}

/** Where the interpreter is not on this machine: what to do. */
function notHere(what: string, name: string, script?: string): Problem {
  const command = `unideck run /PATH/TO/${name} --with-runtime --file ${quoted(`${script}:/${basename(script ?? "")}`)} --arg /${basename(script ?? "")}`;
  return new Problem("file.not-found", `${what} for ${name}, which is not on this computer`, {
    hint: script === undefined ? `Install ${name}.` : `Install ${name}, or name one that is elsewhere: ${command}`,
  });
}

function inProject(folder: string, folders: Placement[], entry: string | undefined, words: readonly string[]): Build {
  return {
    name: nameOf(folder),
    arguments: [...(entry === undefined ? [] : [`${PROJECT}/${entry}`]), ...words],
    folders,
    manifest: { passthrough: { cwd: PROJECT } },
  };
}

const runs = (entry: string | undefined, program: string) =>
  entry === undefined
    ? `${program} is the program. No script was found that starts it: write its path as the first argument.`
    : `${program} runs ${PROJECT}/${entry}.`;
const andAlso = (companion: Companion | undefined) => (companion ? `, and so is ${companion.title}` : "");
const nameOf = (folder: string) => proposeName(basename(folder));
const isBelow = (path: string, folder: string) => path.startsWith(folder + sep);
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The first of these paths that is a file of the folder, with one of the endings. */
async function firstIn(
  folder: string,
  paths: readonly (string | undefined)[],
  endings: readonly string[],
): Promise<string | undefined> {
  for (const path of paths)
    for (const ending of path === undefined || path === "" ? [] : endings) {
      const whole = resolve(folder, `${path}${ending}`);
      if (isBelow(whole, folder) && (await isFile(whole))) return whole.slice(folder.length + 1);
    }
  return undefined;
}

async function readSmall(path: string): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile() || facts.size > MOST_BYTES) return undefined;
  return await readFile(path, "utf8").catch(() => undefined);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() ?? false;
const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
