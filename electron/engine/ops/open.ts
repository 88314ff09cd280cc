/** Opens a configuration of OPS: the file, the defaults under it, and what it asks for. */

import { open, stat } from "node:fs/promises";
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
import type { Homes } from "../lib/homes.ts";
import { readProblem } from "../lib/read-problem.ts";
import { keptKeys } from "./kept-keys.ts";
import { meaningOf, packageMeaningOf } from "./meaning.ts";

export interface OpenConfiguration {
  path: string;
  workingFolder?: string | undefined;
  defaults?: string | undefined;
  variables?: Record<string, string> | undefined;
}

const CONFIG_FILE = "config.json";
const PACKAGE_FILE = "package.manifest";
const DEFAULTS_FILE = ".opsrc";

/** Throws file.*, args.invalid for a relative path, config.invalid with the name of the key that is wrong. */
export async function openConfiguration(
  { path, workingFolder, defaults, variables }: OpenConfiguration,
  homes: Pick<Homes, "ops">,
): Promise<Configuration> {
  for (const given of [path, workingFolder, defaults])
    if (given !== undefined && !isAbsolute(given))
      throw new Problem("args.invalid", `“${given}” is not an absolute path`, { hint: "Give the whole path." });
  const file = await configurationFile(path);
  const under = await readDefaults(defaults, dirname(homes.ops));
  const over = checkConfig(fill(await readJson(file), variables), basename(file));
  const config: OpsConfig = checkConfig(layOver(under.config, over.config), basename(file)).config;
  const configFolder = dirname(file);
  const context = {
    configFolder,
    workingFolder: workingFolder ?? configFolder,
    volumesFolder: join(homes.ops, "volumes"),
  };
  const isPackage = basename(file) === PACKAGE_FILE;
  const meaning = await (isPackage ? packageMeaningOf : meaningOf)(config, context);
  const { kept, warnings } = keptKeys(config, [...under.unknown, ...over.unknown]);
  return { path: file, ...meaning, kept, warnings: [...meaning.warnings, ...warnings] };
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
    hint: "Open the program itself, or a folder with a configuration of OPS.",
  });
}

/** The file that was named, or the one beside OPS's home, where there is one. */
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
    const file = await open(path, "r");
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
    throw readProblem(error, path);
  }
}

function fill(value: Record<string, unknown>, variables: Record<string, string> | undefined): Record<string, unknown> {
  const filled = variables ? fillVariables(value, variables) : value;
  return isObject(filled) ? filled : value;
}
