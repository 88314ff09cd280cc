/** What a checked configuration asks for: spec for an image and for an instance of it. */

import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, posix } from "node:path";
import type { z } from "zod";
import { Attachment, MAX_ATTACHMENTS } from "../../../shared/contract/bridges.ts";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import { BuildSpec, ImageName, type ManifestSpec } from "../../../shared/contract/images.ts";
import type { OpsConfig, OpsRunConfig } from "../../../shared/ops-config.ts";
import { Problem } from "../../../shared/problem.ts";
import { MIN_MEMORY_BYTES } from "../../../shared/word-rules.ts";
import { BOOT_LOADER_FILE, KERNEL_FILE } from "../kernels/releases.ts";
import { parseAddress } from "../lib/ipv4-address.ts";
import { staticAddress } from "../lib/static-address.ts";
import { programGuestPath } from "../programs/placement.ts";
import { findProgram, type PathRules, placeMapped, placeSame } from "./host-paths.ts";
import { planMounts } from "./mounts.ts";
import { readPorts, readSize } from "./numbers.ts";

export interface MeaningContext {
  /** The folder of the configuration file. */
  configFolder: string;
  workingFolder: string;
  /** OPS's folder of volumes. */
  volumesFolder: string;
  /** Of a package: arguments that follow its own. */
  furtherArguments?: readonly string[] | undefined;
}

export type Meaning = Pick<Configuration, "program" | "build" | "run" | "warnings">;

/** Throws config.invalid for values that can't be honoured, with the key's name. */
export async function meaningOf(config: OpsConfig, context: MeaningContext): Promise<Meaning> {
  refuse(config);
  const { configFolder, workingFolder } = context;
  const run = config.RunConfig ?? {};
  const rules: PathRules = {
    workingFolder,
    localFolder: absolute(config.LocalFilesParentDirectory || configFolder, workingFolder),
    targetRoot: config.TargetRoot ? absolute(config.TargetRoot, workingFolder) : undefined,
  };
  const mapped = await placeMapped(config.MapDirs ?? {}, rules);
  const { mounts, warnings } = await readMounts(config, context);
  const programPath = config.Program || config.ProgramPath;
  const tcp = portsOf("Ports", run);
  const ports = [...tcp, ...portsOf("UDPPorts", run)];
  const name = nameIn("RunConfig.ImageName", run.ImageName);
  return {
    program: programPath ? await findProgram(programPath, rules, configFolder) : undefined,
    build: checkSpec({
      name,
      typedProgram: programPath || undefined,
      programPath: placeOf(config),
      arguments: config.Args,
      environment: config.Env,
      files: [...(await placeSame("Files", config.Files ?? [], rules)), ...mapped.files],
      folders: [...(await placeSame("Dirs", config.Dirs ?? [], rules)), ...mapped.folders],
      kernel: kernelOf(config, workingFolder),
      klibs: config.Klibs,
      klibFolder: config.KlibDir ? absolute(config.KlibDir, workingFolder) : undefined,
      sysroot: rules.targetRoot,
      sizeBytes: config.BaseVolumeSz ? sizeIn("BaseVolumeSz", config.BaseVolumeSz, "") : undefined,
      ports: [...new Set(tcp.map(({ guest }) => guest))],
      portEntries: unlessEmpty(run.Ports?.map((entry) => entry.trim())),
      manifest: manifestOf(config, mounts),
    }),
    run: runOf(run, ports),
    warnings: [...warnings, ...bridgedWarnings(run, ports)],
  };
}

/** Beside `Program`, which names the file, `ProgramPath` says where it goes. */
const placeOf = ({ Program, ProgramPath }: OpsConfig) =>
  Program && ProgramPath && isAbsolute(ProgramPath) ? normalize(ProgramPath) : undefined;

const specShape = BuildSpec.omit({ program: true });

/** Where a part of the spec comes from. */
const keyOf: Record<string, string> = {
  environment: "Env",
  files: "Files",
  folders: "Dirs",
  klibs: "Klibs",
  kernel: "NanosVersion",
  typedProgram: "Program",
  nameServers: "NameServers",
  debugFlags: "Debugflags",
  noTrace: "NoTrace",
  mounts: "Mounts",
  addresses: "RunConfig.IPAddress",
  passthrough: "ManifestPassthrough",
};

/** Texts of the right kind may still be none that an image can have: a variable without a name. */
function checkSpec(spec: z.input<typeof specShape>): Meaning["build"] {
  const checked = specShape.safeParse(spec);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const path = (issue?.path ?? []).map(String);
  const key = path.map((part) => keyOf[part]).find((name) => name !== undefined) ?? path.join(".");
  throw new Problem("config.invalid", `${key} has an invalid value: ${path.at(-1)}`, {
    hint: `${key}: ${issue?.message}.`,
    cause: checked.error,
  });
}

function refuse({ TFSv4, Uefi }: OpsConfig): void {
  const refusal = (key: string, why: string) =>
    new Problem("config.invalid", `${key} is not supported: ${why}`, {
      hint: `Take ${key} out of the configuration.`,
    });
  if (TFSv4) throw refusal("TFSv4", "no current kernel reads that file system version");
  if (Uefi) throw refusal("Uefi", "images boot by BIOS or direct boot only");
}

function manifestOf(config: OpsConfig, mounts: Record<string, string>): ManifestSpec {
  const { first, others } = interfacesOf(config.RunConfig ?? {});
  return {
    nameServers: unlessEmpty(config.NameServers),
    debugFlags: unlessEmpty(config.Debugflags),
    noTrace: unlessEmpty(config.NoTrace),
    rebootOnExit: config.RebootOnExit || undefined,
    mounts: Object.keys(mounts).length > 0 ? mounts : undefined,
    addresses: first,
    passthrough: others || config.ManifestPassthrough ? { ...others, ...config.ManifestPassthrough } : undefined,
  };
}

type Nic = NonNullable<OpsRunConfig["Nics"]>[number];

/** `Nics` go before the keys for a single interface; the second is `en2`, as in OPS. One without an address asks for it. */
function interfacesOf({ Nics = [], IPAddress, NetMask, Gateway, IPv6Address }: OpsRunConfig) {
  const [first = { IPAddress, NetMask, Gateway, IPv6Address }, ...others] = Nics;
  checkAddresses(Nics.length > 0 ? "RunConfig.Nics.0" : "RunConfig", first);
  const further = others.flatMap((nic, i) => {
    checkAddresses(`RunConfig.Nics.${i + 1}`, nic);
    return nic.IPAddress ? [[`en${i + 2}`, addressesOf(nic)] as const] : [];
  });
  const hasAddress = Boolean(first.IPAddress || first.IPv6Address);
  return {
    first: hasAddress ? { ...addressesOf(first), ip6addr: first.IPv6Address ?? "" } : undefined,
    others: further.length > 0 ? Object.fromEntries(further) : undefined,
  };
}

const addressesOf = ({ IPAddress = "", NetMask = "", Gateway = "" }: Nic) => ({
  ipaddr: IPAddress,
  netmask: NetMask,
  gateway: Gateway,
});

/** Without a check the guest would be asked for at an address that no network has. */
function checkAddresses(where: string, { IPAddress, NetMask, Gateway }: Nic): void {
  if (!IPAddress) return;
  for (const [key, value] of Object.entries({ IPAddress, NetMask, Gateway }))
    if (value && parseAddress(value) === undefined)
      throw valueProblem(`${where}.${key}`, value, "an IPv4 address such as 192.168.5.10");
  if (!staticAddress({ ipaddr: IPAddress, netmask: NetMask, gateway: Gateway }))
    throw valueProblem(`${where}.NetMask`, NetMask, "a mask such as 255.255.255.0");
}

const unlessEmpty = (list: string[] | undefined) => (list?.length ? list : undefined);

async function readMounts(config: OpsConfig, { volumesFolder, workingFolder }: MeaningContext) {
  const wanted: Record<string, string> = { ...config.Mounts };
  for (const text of config.RunConfig?.Mounts ?? []) {
    const colon = text.indexOf(":");
    wanted[text.slice(0, Math.max(colon, 0))] = text.slice(colon + 1);
  }
  const folder = config.VolumesDir ? absolute(config.VolumesDir, workingFolder) : volumesFolder;
  const { mounts, volumes, hostFolders } = await planMounts(wanted, folder);
  const warnings = [
    ...volumes.map((key) => `The volume ${key} is named in the image, but volumes are not supported yet`),
    ...hostFolders.map((key) => missingVolume(key, wanted[key] ?? "")),
  ];
  return { mounts, warnings };
}

/** A key with a slash or a dot in front is a folder of the host, any other a volume. */
function missingVolume(key: string, point: string): string {
  const folder = `${point.replace(/:ro$/, "")} is a folder of the image instead`;
  if (/^%\d+$/.test(key)) return `No disk is attached as ${key}: ${folder}`;
  if (/^\.|\//.test(key))
    return `The host folder ${key} is not shared with the guest: ${folder}. MapDirs copies it into the image`;
  return `There is no volume ${key}: ${folder}. “ops volume create ${key} -s 64m” creates one, but volumes are not supported yet`;
}

/** Which release: its two files, else a version. */
function kernelOf({ Kernel, Boot, NanosVersion, NightlyBuild }: OpsConfig, workingFolder: string): string | undefined {
  if (!Kernel && !Boot) return NightlyBuild ? "nightly" : NanosVersion || undefined;
  const [kernel, boot] = [Kernel, Boot].map((path) => (path ? absolute(path, workingFolder) : undefined));
  const folder = dirname(kernel ?? boot ?? "");
  const isRelease =
    (kernel ?? join(folder, KERNEL_FILE)) === join(folder, KERNEL_FILE) &&
    (boot ?? join(folder, BOOT_LOADER_FILE)) === join(folder, BOOT_LOADER_FILE);
  if (isRelease) return folder;
  throw new Problem("config.invalid", "Kernel and Boot do not name a kernel release", {
    hint: `They are ${KERNEL_FILE} and ${BOOT_LOADER_FILE} of one folder.`,
  });
}

function runOf(run: OpsRunConfig, ports: ReturnType<typeof portsOf>): Configuration["run"] {
  const memoryBytes = run.Memory ? sizeIn("RunConfig.Memory", run.Memory, "m") : undefined;
  if (memoryBytes !== undefined && (memoryBytes < MIN_MEMORY_BYTES || memoryBytes > 2 ** 40))
    throw valueProblem("RunConfig.Memory", run.Memory, `a size from ${MIN_MEMORY_BYTES >> 20}M to 1024G`);
  const cpus = run.CPUs || undefined;
  if (cpus !== undefined && (cpus < 1 || cpus > 64)) throw valueProblem("RunConfig.CPUs", String(cpus), "from 1 to 64");
  return {
    name: nameIn("RunConfig.InstanceName", run.InstanceName),
    memoryBytes,
    cpus,
    ports: ports.length > 0 && !run.Bridged ? ports : undefined,
    options: run.Accel === false ? { accelerator: "tcg" } : undefined,
    ...(run.Bridged && { network: "none", bridges: bridgesOf(run) }),
  };
}

/**
 * Bridged mode has a TAP for an instance's card, in the bridge `br0` unless another is named, and a card for each of `Nics`. A
 * configuration that does not name the TAP gets one that is free.
 */
function bridgesOf({ BridgeName, TapName, Nics = [] }: OpsRunConfig): Attachment[] {
  const nics = Nics.length > 0 ? Nics : [{}];
  if (nics.length > MAX_ATTACHMENTS)
    throw valueProblem("RunConfig.Nics", String(nics.length), `at most ${MAX_ATTACHMENTS} in bridged mode`);
  return nics.map((nic, i) => {
    if (process.platform === "darwin") return { kind: "vmnet-bridged", interface: "en0" };
    const names = { bridge: nic.BridgeName || BridgeName || "br0", tap: (i === 0 && TapName) || undefined };
    const wish = Attachment.safeParse({ kind: "bridge", ...names });
    if (wish.success) return wish.data;
    const [key, text] = wish.error.issues[0]?.path[0] === "tap" ? ["TapName", names.tap] : ["BridgeName", names.bridge];
    throw valueProblem(
      `RunConfig.${key}`,
      text,
      "the name of an interface: 15 letters, digits, dots and dashes at most",
    );
  });
}

function bridgedWarnings(
  { Bridged, BridgeName, TapName, Nics = [] }: OpsRunConfig,
  ports: readonly unknown[],
): string[] {
  if (Bridged && ports.length > 0) return ["In bridged mode ports are not forwarded: the guest has its own address"];
  const named = Nics.map((nic, i) => [`Nics.${i}.BridgeName`, nic.BridgeName]);
  const idle = [...Object.entries({ BridgeName, TapName }), ...named].flatMap(([key, value]) => (value ? [key] : []));
  return Bridged ? [] : idle.map((key) => `RunConfig.${key} has a meaning only where Bridged is true`);
}

function portsOf(key: "Ports" | "UDPPorts", run: OpsRunConfig) {
  const ports = readPorts(run[key] ?? [], key === "Ports" ? "tcp" : "udp");
  if (!ports) throw valueProblem(`RunConfig.${key}`, run[key]?.join(","), "ports such as 8080, or HOST-GUEST");
  return ports;
}

function sizeIn(key: string, text: string, plainUnit: "" | "m"): number {
  const bytes = readSize(text, plainUnit);
  if (bytes === undefined || bytes > 2 ** 44) throw valueProblem(key, text, "a size such as 64m or 2g");
  return bytes;
}

/** Names end at the first dot, as in OPS; a path is known by its last part. */
function nameIn(key: string, text: string | undefined): string | undefined {
  if (!text) return undefined;
  const name = basename(text).replace(/\..*/, "");
  if (!ImageName.safeParse(name).success) throw valueProblem(key, text, "letters, digits, dashes and underscores");
  return name;
}

function valueProblem(key: string, value: string | undefined, wanted: string): Problem {
  return new Problem("config.invalid", `${key} can't be “${value ?? ""}”`, { hint: `It is ${wanted}.` });
}

/** What a configuration asks for beside the package that it is given with, as OPS merges them: the package's program and files stay. */
export function mergeMeanings(own: Meaning, over: Meaning): Meaning {
  const { build, run } = over;
  const [mine, more] = [own.build.manifest ?? {}, build.manifest ?? {}];
  const joined = (a: string[] = [], b: string[] = []) => unlessEmpty([...new Set([...a, ...b])]);
  const manifest: ManifestSpec = {
    nameServers: more.nameServers ?? mine.nameServers,
    debugFlags: joined(mine.debugFlags, more.debugFlags),
    noTrace: joined(mine.noTrace, more.noTrace),
    rebootOnExit: more.rebootOnExit ?? mine.rebootOnExit,
    mounts: mine.mounts || more.mounts ? { ...mine.mounts, ...more.mounts } : undefined,
    addresses: more.addresses ?? mine.addresses,
    passthrough: mine.passthrough || more.passthrough ? { ...mine.passthrough, ...more.passthrough } : undefined,
  };
  return {
    program: own.program,
    build: {
      ...own.build,
      name: build.name ?? own.build.name,
      environment: { ...own.build.environment, ...build.environment },
      files: [...own.build.files, ...build.files],
      folders: [...own.build.folders, ...build.folders],
      kernel: build.kernel ?? own.build.kernel,
      klibs: [...new Set([...own.build.klibs, ...build.klibs])],
      klibFolder: build.klibFolder ?? own.build.klibFolder,
      sysroot: build.sysroot ?? own.build.sysroot,
      sizeBytes: build.sizeBytes ?? own.build.sizeBytes,
      ...(build.ports.length > 0 && { ports: build.ports, portEntries: build.portEntries }),
      manifest,
    },
    run: {
      name: run.name ?? own.run.name,
      memoryBytes: run.memoryBytes ?? own.run.memoryBytes,
      cpus: run.cpus ?? own.run.cpus,
      ports: run.ports ?? own.run.ports,
      options: run.options ?? own.run.options,
      ...(run.bridges
        ? { network: run.network, bridges: run.bridges }
        : { network: own.run.network, bridges: own.run.bridges }),
    },
    warnings: [...own.warnings, ...over.warnings],
  };
}

/** What a package's configuration means beyond that: its `sysroot` is all of the root, its program lies in it. */
export async function packageMeaningOf(config: OpsConfig, context: MeaningContext): Promise<Meaning> {
  const { configFolder } = context;
  const { Program = "" } = config;
  const Args = [...(config.Args ?? []), ...(context.furtherArguments ?? [])];
  const sysroot = join(configFolder, "sysroot");
  const inPackage = Program.replace(/^[^/]+\//, "");
  const program = isAbsolute(Program) ? join(sysroot, Program) : join(configFolder, inPackage);
  // Without `Program` and `Args`: they are read differently here.
  const { Program: _, ProgramPath: __, Args: ___, ...others } = config;
  // What it names is its own, wherever it is opened from.
  const meaning = await meaningOf(others, { ...context, workingFolder: configFolder });
  const { files, folders } = meaning.build;
  const hasSysroot = (await stat(sysroot).catch(() => undefined))?.isDirectory() ?? false;
  const named = config.DisableArgsCopy ? undefined : Args[1];
  const argument = named && (await stat(join(context.workingFolder, named)).catch(() => undefined));
  if (named && argument) {
    const placement = { host: join(context.workingFolder, named), guest: posix.join("/", named) };
    (argument.isDirectory() ? folders : files).push(placement);
  }
  return {
    ...meaning,
    program: Program ? program : undefined,
    build: {
      ...meaning.build,
      programPath: isAbsolute(Program) ? normalize(Program) : Program ? programGuestPath(basename(Program)) : undefined,
      programName: Args[0] ?? (Program || undefined),
      arguments: Args.slice(1),
      folders: hasSysroot ? [{ host: sysroot, guest: "/" }, ...folders] : folders,
      complete: true,
    },
  };
}

function absolute(path: string, folder: string): string {
  return isAbsolute(path) ? normalize(path) : join(folder, path);
}
