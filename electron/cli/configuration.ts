/** `-c CONFIG`: a configuration of OPS under the flags of the command line, which win over it. */

import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Configuration } from "../../shared/contract/configurations.ts";
import type { BuildSpec } from "../../shared/contract/images.ts";
import type { UnideckClient } from "../../shared/contract/index.ts";
import { Problem } from "../../shared/problem.ts";
import { PACKAGE_FILE } from "../../shared/project-marks.ts";
import { type BuildOptions, buildSpec } from "./build-options.ts";
import { containerReference, openContainer } from "./container.ts";
import { formatBytes, writeLine } from "./output.ts";

export interface ConfiguredBuild {
  spec: BuildSpec;
  configuration: Configuration | undefined;
}

/**
 * What is to be built: by a program, a configuration that names one, or both; a folder is opened as the configuration in
 * it, or guessed about, as a script is. Warnings go to standard error.
 */
export async function configuredBuild(
  client: UnideckClient,
  what: string | undefined,
  options: BuildOptions,
): Promise<ConfiguredBuild> {
  const built = await readBuild(client, what, options);
  const { guess, path } = built.configuration ?? {};
  if (guess?.asksFor !== undefined)
    throw new Problem("args.invalid", `${guess.title}, but no script to run was found in it`, {
      hint: `Name it: unideck run ${path} --arg /app/${guess.asksFor}`,
    });
  return { ...built, spec: await withRuntime(client, built.spec, options) };
}

/** What was made of a folder or a script that says nothing itself. */
function tellGuess({ title, sentence, first, offers }: NonNullable<Configuration["guess"]>): void {
  writeLine(`note: ${title}. ${sentence}`);
  if (first) writeLine(`note: ${first.sentence} ${first.command}`);
  for (const offer of offers) {
    const folders = offer.folders.map(({ host, guest }) => `--dir ${host}:${guest}`).join(" ");
    writeLine(`note: ${folders} adds ${offer.title} (${formatBytes(offer.sizeBytes)})`);
  }
}

/** With what belongs to the program where that is an interpreter, if it is asked for; else a note says so. */
async function withRuntime(client: UnideckClient, spec: BuildSpec, options: BuildOptions): Promise<BuildSpec> {
  if (spec.complete) return spec;
  const { companion } = await client.programs.runtime({ path: spec.program });
  const missing = companion?.folders.filter(({ guest }) => !spec.folders.some((one) => one.guest === guest)) ?? [];
  if (!companion || missing.length === 0) return spec;
  if (options.withRuntime) return { ...spec, folders: [...spec.folders, ...missing] };
  if (!options.json && spec.folders.length === 0)
    writeLine(`note: --with-runtime adds ${companion.title} (${formatBytes(companion.sizeBytes)})`);
  return spec;
}

async function readBuild(
  client: UnideckClient,
  what: string | undefined,
  options: BuildOptions,
): Promise<ConfiguredBuild> {
  const container = what === undefined ? undefined : containerReference(what);
  if (container !== undefined) return await readContainer(client, container, options);
  if (options.entrypoint !== undefined)
    throw new Problem("args.invalid", "--entrypoint is for container images", {
      hint: "Name the program itself, or a container image such as docker.io/library/redis:8.",
    });
  const isFolder = what !== undefined && ((await stat(what).catch(() => undefined))?.isDirectory() ?? false);
  const isOpened = isFolder || (options.config === undefined && what !== undefined && (await isScript(client, what)));
  const file = isOpened ? what : options.config;
  const elf = isOpened ? undefined : what;
  if (file === undefined) return { spec: buildSpec(programOf(elf), options), configuration: undefined };

  const { OPS_DEFAULT_CONFIG, ops_render_config } = process.env;
  const configuration = await client.configurations.open({
    path: resolve(file),
    over: isFolder && options.config !== undefined ? resolve(options.config) : undefined,
    arguments: options.arg,
    // A folder that is opened is a place of its own, as is a package; a file says what to do here.
    workingFolder: isFolder && options.config === undefined && !(await isPackage(what)) ? undefined : process.cwd(),
    defaults: OPS_DEFAULT_CONFIG ? resolve(OPS_DEFAULT_CONFIG) : undefined,
    variables: ops_render_config === "true" ? definedVariables() : undefined,
  });
  for (const warning of options.json ? [] : configuration.warnings) writeLine(`note: ${warning}`);
  if (configuration.guess && !options.json) tellGuess(configuration.guess);
  const program = elf ?? configuration.program;
  return { spec: overlaid(configuration, buildSpec(programOf(program), options), options, elf), configuration };
}

async function readContainer(
  client: UnideckClient,
  reference: string,
  options: BuildOptions,
): Promise<ConfiguredBuild> {
  if (options.config !== undefined)
    throw new Problem("args.invalid", "A container image can't be built with an OPS configuration", {
      hint: "Leave -c out, and use options instead.",
    });
  const configuration = await openContainer(client, reference, options);
  for (const warning of options.json ? [] : configuration.warnings) writeLine(`note: ${warning}`);
  const flags = buildSpec(programOf(configuration.program), options);
  return { spec: overlaid(configuration, flags, options, undefined), configuration };
}

/** Flags replace what the configuration says; variables, files, folders and klibs are added to its own. */
function overlaid(
  { build }: Configuration,
  flags: BuildSpec,
  options: BuildOptions,
  elf: string | undefined,
): BuildSpec {
  return {
    ...build,
    program: flags.program,
    programName: elf === undefined ? build.programName : undefined,
    typedProgram: elf ?? build.typedProgram,
    programPath: flags.programPath ?? build.programPath,
    name: flags.name ?? build.name,
    environment: { ...build.environment, ...flags.environment },
    files: [...build.files, ...flags.files],
    folders: [...build.folders, ...flags.folders],
    kernel: flags.kernel ?? build.kernel,
    klibs: [...new Set([...build.klibs, ...flags.klibs])],
    manifest: flags.manifest
      ? { ...build.manifest, passthrough: { ...build.manifest?.passthrough, ...flags.manifest.passthrough } }
      : build.manifest,
    sysroot: flags.sysroot ?? build.sysroot,
    sizeBytes: flags.sizeBytes ?? build.sizeBytes,
    ...(options.port !== undefined && { ports: flags.ports, portEntries: undefined }),
    out: flags.out,
    uname: flags.uname ?? build.uname,
    complete: build.complete,
    followLinks: flags.followLinks ?? build.followLinks,
    reproducible: flags.reproducible,
    force: flags.force,
  };
}

/** A file that an interpreter runs, whether this machine has that or not. */
async function isScript(client: UnideckClient, file: string): Promise<boolean> {
  const { interpreter, missing } = await client.programs.runtime({ path: resolve(file) });
  return interpreter !== undefined || missing !== undefined;
}

async function isPackage(folder: string): Promise<boolean> {
  return (await stat(join(folder, PACKAGE_FILE)).catch(() => undefined)) !== undefined;
}

function programOf(program: string | undefined): string {
  if (program !== undefined) return program;
  throw new Problem("args.invalid", "No program was given", {
    hint: "Give it on the command line, or set Program in the configuration.",
  });
}

function definedVariables(): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) variables[name] = value;
  return variables;
}
