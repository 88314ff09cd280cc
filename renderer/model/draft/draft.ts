/** What the build sheet's fields hold, and what they mean to the engine. Pure. */

import type { Attachment } from "../../../shared/contract/bridges.ts";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import type { HypervisorOptions } from "../../../shared/contract/hypervisors.ts";
import { type BuildSpec, type Image, ImageName, type Placement } from "../../../shared/contract/images.ts";
import type { Instance, InstanceSpec } from "../../../shared/contract/instances.ts";
import type { Inspection } from "../../../shared/contract/programs.ts";
import type { Settings } from "../../../shared/contract/settings.ts";
import { MIN_MEMORY_BYTES } from "../../../shared/word-rules.ts";
import { formatBytes } from "../../ui/format.ts";
import { parseSize, textOfSize } from "../sizes.ts";
import { joinWords, splitWords } from "../words.ts";
import { formatPorts, parsePorts, portsFor } from "./ports.ts";

export type NetworkCard = InstanceSpec["network"];

/** How an instance is run. Fields as they were typed; nothing is corrected while somebody types. */
export interface RunDraft {
  ports: string;
  memory: string;
  cpus: string;
  /** The hypervisor's own, as they were chosen. */
  options: HypervisorOptions;
  network: NetworkCard;
  /** Private networks, by their names. */
  networks: readonly string[];
  bridges: readonly Attachment[];
}

/** What is built, and how it is run then. */
export interface Draft extends RunDraft {
  name: string;
  arguments: string;
  environment: string;
  /** Empty: where the engine puts it. */
  programPath: string;
  kernel: string;
  klibs: readonly string[];
  diskSize: string;
  replace: boolean;
  reproducible: boolean;
  followLinks: boolean;
  reportAsLinux: boolean;
  files: AddedFile[];
  /** What an earlier build of the program left, and whether it is replaced. */
  earlier: Earlier | undefined;
  /** What a configuration that was opened asks for beyond all fields. */
  configured: Configured | undefined;
}

/** No field shows these: they go to the engine as they are. */
export interface Configured {
  build: Pick<BuildSpec, "programName" | "typedProgram" | "klibFolder" | "sysroot" | "complete" | "manifest">;
  run: Pick<Configuration["run"], "name">;
  /** There was no configuration: all of it is what a folder or a script looks like. */
  guess: Configuration["guess"];
  /** What OPS_PORT says while the ports are those of the configuration. */
  announced: { ports: string; entries: BuildSpec["portEntries"] };
  /** Path of the file; undefined where the fields are those of an earlier build. */
  path: string | undefined;
  warnings: readonly string[];
}

/** An image that was built of the same program before, and the instance of it that would be replaced. */
export interface Earlier {
  image: string;
  instance: { id: string; name: string; isAlive: boolean } | undefined;
  /** The name for a build beside it: neither an image nor an instance has it. */
  otherName: string;
  isReplaced: boolean;
}

/** A file or folder of the host and its place in the image; sizes are told where they are known. */
export interface AddedFile extends Placement {
  kind: "file" | "folder";
  sizeBytes?: number | undefined;
}

type DraftField =
  | "name"
  | "arguments"
  | "environment"
  | "ports"
  | "memory"
  | "cpus"
  | "diskSize"
  | "network"
  | "files"
  | "programPath";
export type DraftErrors = Partial<Record<DraftField, string>>;

/** A new instance with the defaults of the settings and these guest ports forwarded. */
export function runDraftFor(guestPorts: readonly number[], { newInstances }: Settings): RunDraft {
  return {
    ports: portsFor(guestPorts),
    memory: formatBytes(newInstances.memoryBytes),
    cpus: String(newInstances.cpus),
    options: {},
    network: "auto",
    networks: [],
    bridges: [],
  };
}

export function draftFor(inspection: Inspection, settings: Settings): Draft {
  const { suggested } = inspection;
  return {
    ...runDraftFor(suggested.ports, settings),
    name: suggested.name,
    arguments: "",
    environment: "",
    programPath: "",
    memory: formatBytes(Math.max(suggested.memoryBytes, settings.newInstances.memoryBytes)),
    kernel: settings.kernels.default,
    klibs: [],
    diskSize: "",
    replace: false,
    reproducible: false,
    followLinks: false,
    reportAsLinux: suggested.reportAsLinux ?? false,
    files: [],
    earlier: undefined,
    configured: undefined,
  };
}

/** What a configuration says instead of the guesses. */
export function configuredDraft(draft: Draft, { path, warnings, build, run, guess }: Configuration): Draft {
  const { programName, programPath = "", klibFolder, sysroot, complete, manifest } = build;
  const added = (kind: AddedFile["kind"]) => (placement: Placement) => ({ ...placement, kind });
  const ports = run.ports || run.bridges ? formatPorts(run.ports ?? []) : draft.ports;
  return {
    ...draft,
    name: build.name ?? draft.name,
    arguments: joinWords(build.arguments),
    environment: joinWords(Object.entries(build.environment).map(([name, value]) => `${name}=${value}`)),
    programPath,
    ports,
    // What is guessed is known from the program itself.
    memory: run.memoryBytes === undefined || guess ? draft.memory : textOfSize(run.memoryBytes),
    followLinks: build.followLinks ?? draft.followLinks,
    cpus: String(run.cpus ?? draft.cpus),
    kernel: build.kernel ?? draft.kernel,
    klibs: build.klibs,
    diskSize: build.sizeBytes === undefined ? "" : textOfSize(build.sizeBytes),
    options: { ...draft.options, ...run.options },
    network: run.network ?? draft.network,
    bridges: run.bridges ?? draft.bridges,
    files: [...build.files.map(added("file")), ...build.folders.map(added("folder"))],
    configured: {
      build: { programName, typedProgram: typedIn(build), klibFolder, sysroot, complete, manifest },
      run: { name: run.name },
      guess,
      announced: { ports, entries: build.portEntries },
      path,
      warnings,
    },
  };
}

/** An absolute path of the host tells of its folders: nothing that was dropped does so in an image. */
function typedIn({ typedProgram }: Configuration["build"]): string | undefined {
  return typedProgram?.startsWith("/") ? undefined : typedProgram;
}

/** Where the program goes while nobody says where: an added folder that it lies in keeps it. */
export function usualProgramPath(draft: Draft, { program, suggested }: Inspection): string {
  const typed = draft.configured?.build.typedProgram;
  for (const { kind, host, guest } of draft.files) {
    if (kind === "file" && host === program.path) return guest;
    if (kind === "folder" && program.path.startsWith(`${host}/`))
      return `${guest.replace(/\/+$/, "")}${program.path.slice(host.length)}`;
  }
  return typed === undefined ? suggested.programPath : `/${typed.replace(/^(\.{0,2}\/)+/, "")}`;
}

/** The fields as they were for the earlier build, under its name; the program is the new one. */
export function againDraft(draft: Draft, image: Image, earlier: Earlier, instance: Instance | undefined): Draft {
  if (!image.build) return draft;
  const { program: _, ...build } = image.build.spec;
  const run = instance
    ? {
        ports: [...instance.ports, ...instance.pendingPorts],
        memoryBytes: instance.memoryBytes,
        cpus: instance.cpus,
        bridges: instance.bridges,
      }
    : {};
  const configured = configuredDraft(draft, { path: "", program: undefined, build, run, kept: {}, warnings: [] });
  return replacing(
    {
      ...configured,
      ports: instance ? configured.ports : draft.ports,
      networks: instance?.networks ?? draft.networks,
      configured: configured.configured && { ...configured.configured, path: undefined },
    },
    { ...earlier, isReplaced: true },
  );
}

/** The name and the switches that go with replacing an earlier build, or with building beside it. */
export function replacing(draft: Draft, earlier: Earlier): Draft {
  const { isReplaced, image, otherName } = earlier;
  return { ...draft, earlier, name: isReplaced ? image : otherName, replace: isReplaced };
}

type RunSpec = Omit<InstanceSpec, "name">;

/** How an instance is run, or what is wrong with the fields. */
export function runSpecOf(draft: RunDraft): { run: RunSpec } | { errors: DraftErrors } {
  const errors: DraftErrors = {};
  const ports = parsePorts(draft.ports);
  if ("error" in ports) errors.ports = ports.error;
  const memoryBytes = parseSize(draft.memory);
  if (memoryBytes === undefined) errors.memory = "A size such as 256 MB or 1 GB.";
  else if (memoryBytes < MIN_MEMORY_BYTES) errors.memory = `At least ${formatBytes(MIN_MEMORY_BYTES)}.`;
  else if (memoryBytes > 2 ** 40) errors.memory = "At most 1 TB.";
  const cpus = /^\d+$/.test(draft.cpus.trim()) ? Number(draft.cpus) : 0;
  if (cpus < 1 || cpus > 64) errors.cpus = "CPUs: from 1 to 64.";
  if (draft.network === "none" && draft.ports.trim() !== "")
    errors.network = "Ports need this network card: remove the ports, or choose another card.";
  if ("error" in ports || memoryBytes === undefined || Object.keys(errors).length > 0) return { errors };
  return {
    run: {
      memoryBytes,
      cpus,
      ports: ports.ports,
      network: draft.network,
      networks: [...draft.networks],
      bridges: [...draft.bridges],
      options: draft.options,
      echo: true,
      trace: false,
      capture: false,
    },
  };
}

export type DraftSpecs = { build: BuildSpec; run: InstanceSpec } | { errors: DraftErrors };

export function specsOf(draft: Draft, program: { path: string; fileName: string }): DraftSpecs {
  const run = runSpecOf(draft);
  const errors: DraftErrors = "errors" in run ? { ...run.errors } : {};
  const name = ImageName.safeParse(draft.name.trim());
  if (!name.success) errors.name = "Letters, digits, dots, dashes and underscores, beginning with a letter or digit.";
  const words = splitWords(draft.arguments);
  if ("error" in words) errors.arguments = words.error;
  const environment = parseEnvironment(draft.environment);
  if ("error" in environment) errors.environment = environment.error;
  const sizeBytes = draft.diskSize.trim() === "" ? undefined : parseSize(draft.diskSize);
  if (draft.diskSize.trim() !== "" && !sizeBytes) errors.diskSize = "A size such as 64 MB, or empty.";
  const programPath = draft.programPath.trim();
  if (programPath !== "" && (!programPath.startsWith("/") || programPath.split("/").includes("..")))
    errors.programPath = "An absolute path in the image, without “..”.";
  const lost = draft.files.find(({ guest }) => !guest.startsWith("/"));
  if (lost) errors.files = `“${lost.guest}” must begin with a slash: it is a path in the image.`;

  if (!name.success || "error" in words || "error" in environment || "errors" in run) return { errors };
  if (Object.keys(errors).length > 0) return { errors };
  const placements = (kind: AddedFile["kind"]) =>
    draft.files
      .filter((file) => file.kind === kind)
      .map(({ kind: _, sizeBytes: __, ...placement }): Placement => placement);
  const guestPorts = run.run.ports.filter(({ protocol }) => protocol === "tcp").map(({ guest }) => guest);
  return {
    build: {
      ...draft.configured?.build,
      program: program.path,
      programPath: programPath === "" ? undefined : programPath,
      name: name.data,
      arguments: words.words,
      environment: environment.variables,
      files: placements("file"),
      folders: placements("folder"),
      kernel: draft.kernel,
      klibs: [...draft.klibs],
      sizeBytes,
      ports: [...new Set(guestPorts)],
      portEntries: draft.configured?.announced.ports === draft.ports ? draft.configured.announced.entries : undefined,
      reproducible: draft.reproducible,
      followLinks: draft.followLinks,
      uname: draft.reportAsLinux ? "linux" : "pith",
      force: draft.replace,
    },
    run: { ...run.run, name: draft.configured?.run.name },
  };
}

/** `KEY=value OTHER='two words'`. */
function parseEnvironment(text: string): { variables: Record<string, string> } | { error: string } {
  const words = splitWords(text);
  if ("error" in words) return words;
  const variables: Record<string, string> = {};
  for (const word of words.words) {
    const at = word.indexOf("=");
    if (at < 1) return { error: `“${word}” is not a variable. Use NAME=value.` };
    variables[word.slice(0, at)] = word.slice(at + 1);
  }
  return { variables };
}
