/**
 * The manifest: the attributes of an image's root tuple, and the files that OPS adds to every image (spec/manifest.md).
 * Pure.
 */

import { memoryFile, type Tree } from "./tfs/tree.ts";
import { hasNode, makeDirectory, putNode } from "./tfs/tree-paths.ts";
import { Tuple, toBytes, type Value } from "./tfs/value.ts";

/** A value as configurations hold it. */
export type ManifestValue = string | ManifestValue[] | { [name: string]: ManifestValue };

/** What a manifest can say beside the program: the keys of an OPS configuration that end up in it. */
export interface ManifestExtras {
  nameServers?: string[];
  /** Each becomes a flag. */
  debugFlags?: string[];
  /** Modules of the release, loaded from the boot file system. */
  klibs?: string[];
  /** Volume (label, UUID or `%N`) to mount point. */
  mounts?: Record<string, string>;
  /** Static addresses of the first interface; where one is given, all four are written. */
  addresses?: { ipaddr?: string; netmask?: string; gateway?: string; ip6addr?: string };
  /** Put into the root as it is; replaces keys of the same name. */
  passthrough?: Record<string, ManifestValue>;
}

export interface ManifestFacts {
  /** Path of the program in the image. */
  programPath: string;
  /** The whole of argv. */
  arguments: string[];
  /** The user's own; they win over what is added. */
  environment: Record<string, string>;
  ports: number[];
  imageName: string;
  release: { version: string; architecture: "x86-64" | "arm64" };
}

const FLAG = "t";
const DEFAULT_NAME_SERVERS = ["8.8.8.8"];
/** What programs that ask for OPS find in its place. */
const BUILDER = "unideck";

const guestArchitectures = { "x86-64": "amd64", arm64: "arm64" } as const;

export function makeManifest(facts: ManifestFacts, extras: ManifestExtras = {}): Tuple {
  const manifest = Tuple.of([
    ["program", toBytes(facts.programPath)],
    ["arguments", facts.arguments.map(toBytes)],
    ["environment", toValue(makeEnvironment(facts))],
  ]);
  if (extras.klibs?.length) manifest.set("klibs", "bootfs");
  if (extras.mounts) manifest.set("mounts", toValue(extras.mounts));
  if (extras.addresses) {
    const { ipaddr = "", netmask = "", gateway = "", ip6addr = "" } = extras.addresses;
    for (const [name, value] of Object.entries({ ipaddr, netmask, gateway, ip6addr }))
      manifest.set(name, toBytes(value));
  }
  for (const flag of extras.debugFlags ?? []) manifest.set(toBytes(flag), FLAG);
  for (const [name, value] of Object.entries(extras.passthrough ?? {})) manifest.set(toBytes(name), toValue(value));
  return manifest;
}

function makeEnvironment(facts: ManifestFacts): Record<string, string> {
  return {
    USER: "root",
    PWD: "/",
    OPS_VERSION: BUILDER,
    NANOS_VERSION: facts.release.version,
    NANOS_ARCH: guestArchitectures[facts.release.architecture],
    IMAGE_NAME: facts.imageName,
    ...(facts.ports.length > 0 && { OPS_PORT: facts.ports.join(",") }),
    ...facts.environment,
  };
}

function toValue(value: ManifestValue): Value {
  if (typeof value === "string") return toBytes(value);
  if (Array.isArray(value)) return value.map(toValue);
  return Tuple.of(Object.entries(value).map(([name, inner]) => [toBytes(name), toValue(inner)]));
}

/** Adds the files that every image has, where the tree has none of its own, and the directories that are mounted on. */
export function addDefaultFiles(root: Tree, extras: ManifestExtras = {}): void {
  const servers = extras.nameServers ?? DEFAULT_NAME_SERVERS;
  const defaults = {
    // Two spaces, as OPS writes it: the same input gives the same file.
    "/etc/resolv.conf": servers.map((server) => `nameserver  ${server}\n`).join(""),
    "/etc/passwd": "root:x:0:0:root:/root:/bin/nobash",
    "/proc/sys/kernel/hostname": "uniboot",
  };
  for (const [path, text] of Object.entries(defaults)) if (!hasNode(root, path)) putNode(root, path, memoryFile(text));
  for (const mountPoint of Object.values(extras.mounts ?? {}))
    makeDirectory(root, toBytes(mountPoint.replace(/:ro$/, "")));
}
