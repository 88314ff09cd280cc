/** Opens a configuration of OPS: the file, the defaults under it, and what it asks for. */

import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import {
  checkConfig,
  fillVariables,
  isObject,
  layOver,
  MAX_CONFIG_BYTES,
  type OpsConfig,
  parseConfigText,
} from "../../../shared/ops-config.ts";
import { Problem } from "../../../shared/problem.ts";
import { CONFIG_FILE, PACKAGE_FILE } from "../../../shared/project-marks.ts";
import type { Homes } from "../lib/homes.ts";
import { openRegular } from "../lib/open-regular.ts";
import { readProblem } from "../lib/read-problem.ts";
import { guessProject } from "../programs/projects.ts";
import { keptKeys } from "./kept-keys.ts";
import { type Meaning, meaningOf, mergeMeanings, packageMeaningOf } from "./translate.ts";

export interface OpenConfiguration {
  path: string;
  workingFolder?: string | undefined;
  defaults?: string | undefined;
  variables?: Record<string, string> | undefined;
  over?: string | undefined;
  arguments?: string[] | undefined;
}

const DEFAULTS_FILE = ".opsrc";

/** Throws file.*, args.invalid for a relative path, config.invalid with the name of the key that is wrong. */
export async function openConfiguration(
  { path, workingFolder, defaults, variables, over: overPath, arguments: words }: OpenConfiguration,
  homes: Pick<Homes, "ops">,
): Promise<Configuration> {
  for (const given of [path, workingFolder, defaults, overPath])
    if (given !== undefined && !isAbsolute(given))
      throw new Problem("args.invalid", `“${given}” is not an absolute path`, { hint: "Give the absolute path." });
  const guessed = await guessFor(path, words);
  if (guessed) return guessed;
  const file = await configurationFile(path);
  const isPackage = basename(file) === PACKAGE_FILE;
  if (overPath !== undefined && !isPackage)
    throw new Problem("args.invalid", `${file} is a configuration already, so ${overPath} can't be merged with it`, {
      hint: `Give one of the two. Only a folder with a ${PACKAGE_FILE} takes a configuration beside it.`,
    });
  const under = await readDefaults(defaults, dirname(homes.ops));
  const read = async (path: string) => checkConfig(fill(await readJson(path), variables), basename(path));
  const contextOf = (path: string) => ({
    configFolder: dirname(path),
    workingFolder: workingFolder ?? dirname(path),
    volumesFolder: join(homes.ops, "volumes"),
  });
  if (!isPackage) {
    const own = await read(file);
    const config: OpsConfig = checkConfig(layOver(under.config, own.config), basename(file)).config;
    const asked: OpsConfig = words ? { ...config, Args: words } : config;
    return described(file, await meaningOf(asked, contextOf(file)), [config], [...under.unknown, ...own.unknown]);
  }
  // A package stays what it is: what else is said, in defaults too, is merged with it.
  const own = await read(file);
  const beside = overPath === undefined ? undefined : await read(await configurationFile(overPath));
  const { Program: _, ProgramPath: __, Args: configured, ...others } = layOver(under.config, beside?.config ?? {});
  const more = checkConfig(others, basename(overPath ?? file)).config;
  const furtherArguments = words ?? checkConfig({ Args: configured }, basename(overPath ?? file)).config.Args;
  const meaning = mergeMeanings(
    await packageMeaningOf(own.config, { ...contextOf(file), furtherArguments }),
    await meaningOf(more, contextOf(overPath ?? file)),
  );
  return described(file, meaning, [own.config, more], [...under.unknown, ...own.unknown, ...(beside?.unknown ?? [])]);
}

function described(path: string, meaning: Meaning, configs: OpsConfig[], unknown: string[]): Configuration {
  const keys = configs.map((config, index) => keptKeys(config, index === 0 ? unknown : []));
  const kept = keys.reduce<Record<string, unknown>>((all, one) => layOver(all, one.kept), {});
  return { path, ...meaning, kept, warnings: [...meaning.warnings, ...keys.flatMap(({ warnings }) => warnings)] };
}

/** For a folder without a configuration, and a file that can be none. */
async function guessFor(path: string, words: string[] | undefined): Promise<Configuration | undefined> {
  const names = [PACKAGE_FILE, CONFIG_FILE].map((name) => join(path, name));
  for (const file of [path, ...names])
    if (/\.json$|^package\.manifest$/i.test(basename(file)) && (await stat(file).catch(() => undefined))?.isFile())
      return undefined;
  return await guessProject(path, words);
}

/** The file itself, or the one in a folder. */
async function configurationFile(path: string): Promise<string> {
  const facts = await stat(path).catch((error) => {
    throw readProblem(error, path);
  });
  if (!facts.isDirectory()) return path;
  for (const name of [PACKAGE_FILE, CONFIG_FILE])
    if ((await stat(join(path, name)).catch(() => undefined))?.isFile()) return join(path, name);
  throw new Problem("file.not-found", `${path} has no ${CONFIG_FILE} and no ${PACKAGE_FILE}`, {
    hint: "Open the program itself, or a folder with an OPS configuration, a JDK, a Node or a Python project.",
  });
}

/** The file that was named, or the one beside OPS home, where there is one. */
async function readDefaults(path: string | undefined, home: string) {
  const file = path ?? join(home, DEFAULTS_FILE);
  const isThere = path !== undefined || (await stat(file).catch(() => undefined))?.isFile();
  return isThere ? checkConfig(await readJson(file), basename(file)) : { config: {}, unknown: [] };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return parseConfigText(await readBounded(path), basename(path));
}

/** At most one byte more than a configuration may have: a device or a huge file ends there. */
async function readBounded(path: string): Promise<string> {
  try {
    const file = await openRegular(path);
    try {
      const bytes = Buffer.alloc(MAX_CONFIG_BYTES + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      return bytes.toString("utf8", 0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof Problem ? error : readProblem(error, path);
  }
}

function fill(value: Record<string, unknown>, variables: Record<string, string> | undefined): Record<string, unknown> {
  const filled = variables ? fillVariables(value, variables) : value;
  return isObject(filled) ? filled : value;
}
