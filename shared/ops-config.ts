/**
 * OPS's configuration file: which keys there are and what each holds (docs/formats.md, "The OPS configuration").
 * Reading only; what a configuration means is the engine's to say (engine/ops). Pure.
 */

import { z } from "zod";
import { Problem } from "./problem.ts";

const text = z.string();
const flag = z.boolean();
const whole = z.number().int();
const texts = z.array(z.string());
const textByName = z.record(z.string(), z.string());

/** What a manifest's value can be: OPS fails on numbers and booleans, and so do we. */
export type ManifestValue = string | ManifestValue[] | { [name: string]: ManifestValue };
export const ManifestValue: z.ZodType<ManifestValue> = z.lazy(() =>
  z.union([z.string(), z.array(ManifestValue), z.record(z.string(), ManifestValue)], {
    error: "only strings, lists and objects; write a number as a string",
  }),
);

const nicKeys = each(text, ["IPAddress", "IPv6Address", "NetMask", "Gateway", "BridgeName"]);

const runKeys = {
  ...each(flag, ["Accel", "AttachVolumeOnInstanceCreate", "Background", "BackgroundDetach", "Bridged", "CanIPForward"]),
  ...each(flag, ["Debug", "JSON", "QMP", "ShowDebug", "ShowErrors", "ShowWarnings", "Verbose", "Vga"]),
  ...each(whole, ["CPUs", "GPUs", "GdbPort", "ThreadsPerCore", "VolumeSizeInGb"]),
  ...each(text, ["AtExit", "BridgeIPAddress", "BridgeName", "GPUType", "Gateway", "IPAddress", "IPv6Address"]),
  ...each(text, ["ImageName", "InstanceGroup", "InstanceName", "Memory", "Mgmt", "NetMask", "TapName"]),
  ...each(texts, ["Mounts", "Ports", "UDPPorts"]),
  Nics: z.array(z.looseObject(nicKeys).partial()),
  VirtfsShares: textByName,
};

const keys = {
  ...each(flag, ["DisableArgsCopy", "Force", "NightlyBuild", "RebootOnExit", "TFSv4", "Uefi"]),
  ...each(text, ["BaseVolumeSz", "Boot", "BuildDir", "Description", "Home", "Kernel", "KlibDir", "Language"]),
  ...each(text, ["LocalFilesParentDirectory", "NanosVersion", "PackageBaseURL", "PackageManifestURL", "Program"]),
  ...each(text, ["ProgramPath", "TargetRoot", "UefiBoot", "Version", "VolumesDir"]),
  ...each(texts, ["Args", "Debugflags", "Dirs", "Files", "Klibs", "NameServers", "NoTrace"]),
  ...each(textByName, ["Env", "MapDirs", "Mounts"]),
  ...each(z.record(z.string(), z.unknown()), ["CloudConfig", "TargetConfig"]),
  ManifestPassthrough: z.record(z.string(), ManifestValue),
};

const RunConfig = z.looseObject(runKeys).partial();
const OpsConfigShape = z.looseObject({ ...keys, RunConfig }).partial();
export type OpsRunConfig = z.infer<typeof RunConfig>;
export type OpsConfig = z.infer<typeof OpsConfigShape>;

const nameByLowerCase = (known: Record<string, unknown>) =>
  new Map(Object.keys(known).map((name) => [name.toLowerCase(), name]));
const topNames = nameByLowerCase({ ...keys, RunConfig });
const runNames = nameByLowerCase(runKeys);

/** Deeper than any configuration; JSON.parse itself has no bound. */
const MAX_DEPTH = 64;
/** More letters than these make another word. */
const MAX_KEY_EDITS = 4;
export const MAX_CONFIG_BYTES = 1 << 20;

/** Reads JSON text. Throws config.invalid where it is none, or no object. */
export function parseConfigText(source: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    if (source.length > MAX_CONFIG_BYTES) throw new Error("it is larger than 1 MiB");
    value = JSON.parse(source.replace(/^\u{feff}/u, ""));
  } catch (error) {
    throw new Problem(
      "config.invalid",
      `${name} is not valid JSON: ${error instanceof Error ? error.message : error}`,
      {
        hint: "Correct the text at that position.",
        cause: error,
      },
    );
  }
  if (!isObject(value) || isDeeperThan(value, MAX_DEPTH))
    throw new Problem("config.invalid", `${name} is not an OPS configuration`, {
      hint: 'A configuration is one JSON object, such as {"Args": ["--port", "8080"]}.',
    });
  return value;
}

/**
 * Checks the keys and their types. Letter case does not count, as in OPS; null is like an absent key. Unknown keys stay in
 * the result and are named in `unknown`. Throws config.invalid with the name of a key whose value has the wrong type.
 */
export function checkConfig(value: Record<string, unknown>, name: string): { config: OpsConfig; unknown: string[] } {
  const unknown: string[] = [];
  const named = renameKeys(value, topNames, (key) => unknown.push(key));
  if (isObject(named.RunConfig))
    named.RunConfig = renameKeys(named.RunConfig, runNames, (key) => unknown.push(`RunConfig.${key}`));
  const parsed = OpsConfigShape.safeParse(named);
  if (parsed.success) return { config: parsed.data, unknown };
  const [issue] = parsed.error.issues;
  const key = issue?.path.map(String).join(".") ?? "";
  throw new Problem("config.invalid", `${name}: ${key} has a value of the wrong kind`, {
    hint: `${key}: ${issue?.message}.`,
  });
}

/** The key that was meant by an unknown one: in the other part of the configuration, or with a few letters changed. */
export function likelyKey(unknown: string): string | undefined {
  const [, inRun, key = ""] = /^(runconfig\.)?(.*)$/s.exec(unknown.toLowerCase()) ?? [];
  const inTop = [...topNames.values()];
  const below = [...runNames.values()].map((name) => `RunConfig.${name}`);
  const candidates = inRun ? [...below, ...inTop] : [...inTop, ...below];
  const distance = (name: string) => editDistance(key, name.replace(/^RunConfig\./, "").toLowerCase());
  const [best] = candidates
    .map((name) => ({ name, distance: distance(name) }))
    .filter(({ name, distance }) => name !== unknown && distance * 3 <= Math.max(key.length, 3))
    .sort((a, b) => a.distance - b.distance);
  return best?.name;
}

/** Letters to add, take away, change or swap with the next one until `from` is `to`. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MAX_KEY_EDITS) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = above;
  }
  return row[to.length] ?? 0;
}

/** `over` laid over `under`: objects key by key, everything else as a whole. */
export function layOver(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    set(result, key, isObject(below) && isObject(value) ? layOver(below, value) : value);
  }
  return result;
}

/** `$NAME` and `${NAME}` in all texts, replaced by `variables`; what is not among them becomes empty, as in a shell. */
export function fillVariables(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === "string")
    return value.replace(
      /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
      (_, braced, plain) => variables[braced ?? plain] ?? "",
    );
  if (Array.isArray(value)) return value.map((item) => fillVariables(item, variables));
  if (!isObject(value)) return value;
  const filled: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) set(filled, key, fillVariables(inner, variables));
  return filled;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function renameKeys(
  value: Record<string, unknown>,
  names: ReadonlyMap<string, string>,
  onUnknown: (key: string) => void,
): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = names.get(key.toLowerCase());
    if (name === undefined) onUnknown(key);
    if (inner !== null) set(renamed, name ?? key, inner);
  }
  return renamed;
}

/** A key of a file may be `__proto__`. */
function set(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

/** A shape in which all `names` hold the same. */
function each<const Name extends string, Type>(type: Type, names: readonly Name[]): Record<Name, Type> {
  const shape: Partial<Record<Name, Type>> = {};
  for (const name of names) shape[name] = type;
  return shape as Record<Name, Type>;
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
