/** What a container image asks for, in the words of a build: program, arguments, environment, user, folder, ports. */

import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import { BuildSpec } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { damaged } from "../formats/oci/documents.ts";
import { partsOf, resolveScoped, ScopedPathError } from "../formats/oci/scoped-path.ts";
import { openRegular, readRegular } from "../lib/open-regular.ts";
import type { ContainerRecord } from "./store.ts";

/** Docker's, for images that name none. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MAX_PASSWD_BYTES = 4 << 20;
/** Interpreters in the interpreters' places: a script may name another script. */
const MAX_SCRIPTS = 4;
const FIRST_LINE_BYTES = 256;

interface Asked {
  /** Replaces the program, and with it the image's own arguments. */
  entrypoint?: string | undefined;
  /** Replaces the image's own arguments (its `Cmd`). */
  arguments?: readonly string[] | undefined;
}

/** Throws container.damaged, container.no-program, args.invalid. */
export async function meaningOf(root: string, record: ContainerRecord, asked: Asked): Promise<Configuration> {
  const { config } = record.image;
  const environment = environmentOf(config.Env ?? []);
  const workingFolder = `/${partsOf(config.WorkingDir ?? "").join("/")}`;
  const command =
    asked.entrypoint === undefined
      ? [...(config.Entrypoint ?? []), ...(asked.arguments ?? config.Cmd ?? [])]
      : [asked.entrypoint, ...(asked.arguments ?? [])];
  const warnings = [...record.notes];
  const program = await findProgram(root, command, { workingFolder, environment, name: record.name });
  const user = await userOf(root, config.User ?? "", record.name);
  if (environment.HOME === undefined) environment.HOME = user?.home ?? "/root";
  if (Object.keys(config.Volumes ?? {}).length > 0)
    warnings.push(
      `The image keeps its data in ${Object.keys(config.Volumes ?? {}).join(", ")}: an instance has it on its own disk.`,
    );
  const ports = portsOf(Object.keys(config.ExposedPorts ?? {}));
  const passthrough = {
    ...(workingFolder !== "/" && { cwd: workingFolder }),
    ...(user && user.id !== "0:0" && { user: user.id }),
  };
  return {
    path: record.reference,
    program: join(root, program.path),
    build: BuildSpec.omit({ program: true }).parse({
      name: imageNameOf(record.name),
      programName: program.words[0],
      programPath: program.path,
      arguments: program.words.slice(1),
      environment,
      folders: [{ host: root, guest: "/" }],
      sysroot: root,
      complete: true,
      ports: ports.map(({ port }) => port),
      manifest: Object.keys(passthrough).length > 0 ? { passthrough } : undefined,
    }),
    run: {},
    kept: config.StopSignal ? { StopSignal: config.StopSignal } : {},
    warnings,
  };
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf("=");
    if (at > 0 && !line.includes("\0")) environment[line.slice(0, at)] = line.slice(at + 1);
  }
  environment.PATH ??= DEFAULT_PATH;
  return environment;
}

/** `80`, `80/tcp`, `53/udp`; a range means each of its ports. */
function portsOf(exposed: readonly string[]): { port: number; protocol: "tcp" | "udp" }[] {
  return exposed.flatMap((text) => {
    const [, first, last = first, protocol = "tcp"] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && to <= 65535 && to - from < 100)) return [];
    const known = protocol === "udp" ? ("udp" as const) : ("tcp" as const);
    return Array.from({ length: to - from + 1 }, (_, index) => ({ port: from + index, protocol: known }));
  });
}

/** An image's name may have capitals and other signs that Unideck's images do not have. */
function imageNameOf(name: string): string {
  return (
    name
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 200) || "image"
  );
}

interface FoundProgram {
  /** Of the ELF file, links followed. */
  path: string;
  /** The whole command line, with the interpreter where a script is run. */
  words: string[];
}

async function findProgram(
  root: string,
  command: readonly string[],
  { workingFolder, environment, name }: { workingFolder: string; environment: Record<string, string>; name: string },
): Promise<FoundProgram> {
  let words = [...command];
  for (let scripts = 0; ; scripts++) {
    const [first] = words;
    if (first === undefined || first === "")
      throw new Problem("container.no-program", `The image ${name} does not say what to run`, {
        hint: "Name the program and its arguments: unideck run IMAGE --entrypoint /bin/PROGRAM.",
      });
    const path = await locate(root, first, { workingFolder, search: environment.PATH ?? DEFAULT_PATH, name });
    if (path === undefined)
      throw new Problem("container.no-program", `${first} is not in the image ${name}`, {
        hint: "Name a program that is in it: unideck run IMAGE --entrypoint /bin/PROGRAM.",
      });
    const head = await headOf(join(root, path));
    if (head.startsWith("\x7fELF")) return { path: `/${path}`, words };
    const [, interpreter, argument] = /^#![ \t]*(\S+)(?:[ \t]+([^\n]*?))?[ \t]*(?:\n|$)/.exec(head) ?? [];
    if (interpreter === undefined || scripts >= MAX_SCRIPTS)
      throw new Problem("container.no-program", `${first} of the image ${name} is neither a program nor a script`, {
        hint: "Name the program and its arguments: unideck run IMAGE --entrypoint /bin/PROGRAM.",
      });
    if (isShell(interpreter, argument)) throw shellScript(first, name);
    words = [...interpreterWords(interpreter, argument), `/${path}`, ...words.slice(1)];
  }
}

/** `#!/usr/bin/env NAME` runs NAME by PATH; `env -S` takes several words. */
function interpreterWords(interpreter: string, argument: string | undefined): string[] {
  if (!/(^|\/)env$/.test(interpreter)) return argument === undefined ? [interpreter] : [interpreter, argument];
  return (argument ?? "").split(/\s+/).filter((word) => word !== "" && word !== "-S" && !word.includes("="));
}

function isShell(interpreter: string, argument: string | undefined): boolean {
  const program = interpreterWords(interpreter, argument)[0] ?? "";
  return /(^|\/)(ba|da|a|k|z|mk)?sh$/.test(program);
}

function shellScript(script: string, name: string): Problem {
  return new Problem(
    "container.shell-script",
    `${name} starts with a shell script, ${script}, which a unikernel cannot run`,
    {
      hint: "A shell starts other programs, and a unikernel runs one. Name what the script starts in the end: unideck run IMAGE --entrypoint PROGRAM --arg …",
    },
  );
}

/** The real path of a program in the image, by the rules of execvp; undefined where it is not there. */
async function locate(
  root: string,
  program: string,
  { workingFolder, search, name }: { workingFolder: string; search: string; name: string },
): Promise<string | undefined> {
  const candidates = program.includes("/")
    ? [program.startsWith("/") ? program : `${workingFolder}/${program}`]
    : search.split(":").map((folder) => `${folder || workingFolder}/${program}`);
  for (const candidate of candidates) {
    const path = await resolveScoped(root, candidate).catch((error: unknown) => {
      throw error instanceof ScopedPathError ? damaged(name, error.message, error) : error;
    });
    const facts = await lstat(join(root, path)).catch(() => undefined);
    if (facts?.isFile() && (facts.mode & 0o111) !== 0) return path;
  }
  return undefined;
}

async function headOf(path: string): Promise<string> {
  const file = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_LINE_BYTES), 0, FIRST_LINE_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The user as UID:GID, by the image's own passwd and group, and the home folder there. Throws container.damaged. */
async function userOf(root: string, text: string, name: string): Promise<{ id: string; home: string } | undefined> {
  if (text === "") return undefined;
  const [user = "", group] = text.split(":");
  const accounts = await tableOf(root, "/etc/passwd");
  const groups = await tableOf(root, "/etc/group");
  const account = accounts.find(([given, , uid]) => given === user || uid === user);
  const uid = account?.[2] ?? user;
  const gid =
    group === undefined
      ? (account?.[3] ?? "0")
      : (groups.find(([given, , number]) => given === group || number === group)?.[2] ?? group);
  if (!/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid))
    throw damaged(name, `its user “${text.slice(0, 100)}” is not in its /etc/passwd`);
  return { id: `${Number(uid)}:${Number(gid)}`, home: account?.[5] || "/" };
}

async function tableOf(root: string, path: string): Promise<string[][]> {
  const place = join(root, await resolveScoped(root, path).catch(() => path.slice(1)));
  if (!(await stat(place).catch(() => undefined))?.isFile()) return [];
  const text = await readRegular(place, MAX_PASSWD_BYTES).catch(() => "");
  return text.split("\n").map((line) => line.split(":"));
}
