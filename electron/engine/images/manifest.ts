/**
 * The manifest: the attributes of an image's root tuple, and the files that OPS adds to every image (docs/formats.md, "The manifest").
 * Pure.
 */

import type { ManifestSpec } from "../../../shared/contract/images.ts";
import type { ManifestValue } from "../../../shared/ops-config.ts";
import { memoryFile, type Tree } from "../formats/tfs/tree.ts";
import { hasNode, makeDirectory, putNode } from "../formats/tfs/tree-paths.ts";
import { Tuple, toBytes, type Value } from "../formats/tfs/value.ts";

export interface ManifestFacts {
  /** Path of the program in the image. */
  programPath: string;
  /** The whole of argv. */
  arguments: string[];
  /** The user's own; they win over what is added. */
  environment: Record<string, string>;
  /** What OPS_PORT announces. */
  ports: readonly (number | string)[];
  /** Modules that the kernel loads from the boot file system. */
  klibs: readonly string[];
  imageName: string;
  /** What uname tells the program, where it is not the kernel's own name. */
  systemName?: string | undefined;
  release: { version: string; architecture: "x86-64" | "arm64" };
}

const FLAG = "t";
const DEFAULT_NAME_SERVERS = ["8.8.8.8"];
/** What programs that ask for OPS find in its place. */
const BUILDER = "unideck";

const guestArchitectures = { "x86-64": "amd64", arm64: "arm64" } as const;

export function makeManifest(facts: ManifestFacts, spec: ManifestSpec = {}): Tuple {
  const manifest = Tuple.of([
    ["program", toBytes(facts.programPath)],
    ["arguments", facts.arguments.map(toBytes)],
    ["environment", toValue(makeEnvironment(facts))],
  ]);
  if (facts.klibs.length > 0) manifest.set("klibs", "bootfs");
  if (spec.mounts) manifest.set("mounts", toValue(spec.mounts));
  if (spec.addresses) {
    const { ipaddr = "", netmask = "", gateway = "", ip6addr = "" } = spec.addresses;
    for (const [name, value] of Object.entries({ ipaddr, netmask, gateway, ip6addr }))
      manifest.set(name, toBytes(value));
  }
  if (spec.noTrace) manifest.set("notrace", spec.noTrace.map(toBytes));
  if (spec.rebootOnExit) manifest.set("reboot_on_exit", FLAG);
  if (facts.systemName !== undefined) manifest.set("uname", toValue({ sysname: facts.systemName }));
  for (const flag of spec.debugFlags ?? []) manifest.set(toBytes(flag), FLAG);
  for (const [name, value] of Object.entries(spec.passthrough ?? {})) manifest.set(toBytes(name), toValue(value));
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
    ...("RADAR_KEY" in facts.environment && { RADAR_IMAGE_NAME: facts.imageName }),
    ...facts.environment,
  };
}

function toValue(value: ManifestValue): Value {
  if (typeof value === "string") return toBytes(value);
  if (Array.isArray(value)) return value.map(toValue);
  return Tuple.of(Object.entries(value).map(([name, inner]) => [toBytes(name), toValue(inner)]));
}

/** Adds the files that every image has, where the tree has none of its own, and the directories that are mounted on. */
export function addDefaultFiles(root: Tree, spec: ManifestSpec = {}): void {
  const servers = spec.nameServers ?? DEFAULT_NAME_SERVERS;
  const defaults = {
    // Two spaces, as OPS writes it: the same input gives the same file.
    "/etc/resolv.conf": servers.map((server) => `nameserver  ${server}\n`).join(""),
    "/etc/passwd": "root:x:0:0:root:/root:/bin/nobash",
    "/proc/sys/kernel/hostname": "uniboot",
  };
  for (const [path, text] of Object.entries(defaults)) if (!hasNode(root, path)) putNode(root, path, memoryFile(text));
  for (const mountPoint of Object.values(spec.mounts ?? {}))
    makeDirectory(root, toBytes(mountPoint.replace(/:ro$/, "")));
}
