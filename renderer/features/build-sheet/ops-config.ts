/**
 * The sheet's fields as a configuration of OPS (`ops run -c config.json`), and back: what is edited there is what the
 * fields hold. Keys as OPS has them; what is empty is left out, as OPS does. Pure.
 */

import type { Placement } from "../../../shared/contract/images.ts";
import type { InstanceSpec } from "../../../shared/contract/instances.ts";
import { checkConfig, type OpsConfig, parseConfigText } from "../../../shared/ops-config.ts";
import { Problem } from "../../../shared/problem.ts";
import type { AddedFile, Draft, DraftSpecs } from "../../model/draft/draft.ts";
import { formatPorts } from "../../model/draft/ports.ts";
import { joinWords } from "../../model/words.ts";

const MB = 2 ** 20;

/** Keys that the sheet has fields for. Any other must not seem to do something here. */
const KEYS = new Set(["Program", "Args", "Env", "MapDirs", "BaseVolumeSz", "Klibs", "NanosVersion", "RunConfig"]);
const RUN_KEYS = new Set(["ImageName", "Memory", "CPUs", "Ports", "UDPPorts"]);

type Valid = Exclude<DraftSpecs, { errors: unknown }>;

export interface Exported {
  text: string;
  /** Added files whose new name OPS has no words for. */
  leftOut: Placement[];
}

export function opsConfig({ build, run }: Valid): Exported {
  const pairs = (protocol: "tcp" | "udp") =>
    run.ports
      .filter((port) => port.protocol === protocol)
      .map(({ host, guest }) => (host === guest || host === 0 ? String(guest) : `${host}-${guest}`));
  const config: OpsConfig = {
    Program: build.program,
    Args: build.arguments,
    Env: build.environment,
    MapDirs: Object.fromEntries([
      ...build.folders.map(({ host, guest, pattern = "*" }) => [`${host}/${pattern}`, guest]),
      ...build.files.filter(keepsItsName).map(({ host, guest }) => [host, folderOf(guest)]),
    ]),
    BaseVolumeSz: build.sizeBytes === undefined ? "" : megabytes(build.sizeBytes),
    Klibs: build.klibs,
    NanosVersion: build.kernel === "pith" ? "" : (build.kernel ?? ""),
    RunConfig: withoutEmpty({
      ImageName: build.name ?? "",
      Memory: megabytes(run.memoryBytes),
      CPUs: run.cpus,
      Ports: pairs("tcp"),
      UDPPorts: pairs("udp"),
    }),
  };
  return {
    text: JSON.stringify(withoutEmpty(config), null, 2),
    leftOut: build.files.filter((file) => !keepsItsName(file)),
  };
}

export type Imported = { change: Partial<Draft> } | { error: string };

/** What an edited configuration changes in `draft`, or what is wrong with it. */
export function readOpsConfig(text: string, draft: Draft, program: string): Imported {
  let config: OpsConfig;
  try {
    config = checkConfig(parseConfigText(text, "The text"), "The text").config;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { error: `${error.message}. ${error.hint}` };
  }
  const { Program, Args, Env, MapDirs, BaseVolumeSz, Klibs, NanosVersion, RunConfig: run } = config;
  const unusable = [
    ...Object.keys(config).filter((key) => !KEYS.has(key)),
    ...Object.keys(run ?? {}).flatMap((key) => (RUN_KEYS.has(key) ? [] : [`RunConfig.${key}`])),
  ];
  if (unusable.length > 0) return { error: `${unusable.join(", ")} can't be used here.` };
  if (Program !== undefined && Program !== program)
    return { error: "The program cannot be changed here. Drop the other program on the window." };
  const tcp = readPorts(run?.Ports ?? [], "tcp");
  const udp = readPorts(run?.UDPPorts ?? [], "udp");
  const variables = Object.entries(Env ?? {}).map(([name, value]) => `${name}=${value}`);
  return {
    change: {
      arguments: joinWords(Args ?? []),
      environment: joinWords(variables),
      files: [...mappedFiles(MapDirs ?? {}, draft.files), ...draft.files.filter((file) => !isExported(file))],
      diskSize: BaseVolumeSz ?? "",
      kernel: NanosVersion ?? "pith",
      klibs: Klibs ?? [],
      ...(run?.ImageName === undefined ? {} : { name: run.ImageName }),
      ...(run?.Memory === undefined ? {} : { memory: run.Memory }),
      ...(run?.CPUs === undefined ? {} : { cpus: String(run.CPUs) }),
      ports: [...tcp, ...udp].join(" "),
    },
  };
}

/** As the fields have them; what is no port is told there. */
function readPorts(ports: readonly string[], protocol: InstanceSpec["ports"][number]["protocol"]): string[] {
  return ports.map((text) => {
    const [, host, guest] = /^(?:(\d+)-)?(\d+)$/.exec(text.trim()) ?? [];
    if (guest === undefined) return text;
    return formatPorts([{ host: Number(host ?? guest), guest: Number(guest), protocol }]);
  });
}

/** A pattern that ends with `/*` is a folder's content, any other key one file into a folder. */
function mappedFiles(mapped: Record<string, string>, known: readonly AddedFile[]): AddedFile[] {
  return Object.entries(mapped).map(([key, guest]): AddedFile => {
    if (key.endsWith("/*")) return { kind: "folder", host: key.slice(0, -2), guest };
    const { sizeBytes } = known.find(({ host }) => host === key) ?? {};
    return { kind: "file", host: key, guest: `${guest.replace(/\/$/, "")}/${nameOf(key)}`, sizeBytes };
  });
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";
/** OPS copies into a folder; it can't give a file another name. */
const keepsItsName = ({ host, guest }: Placement) => nameOf(host) === nameOf(guest);
const isExported = (file: AddedFile) => file.kind === "folder" || keepsItsName(file);
const megabytes = (bytes: number) => `${Math.ceil(bytes / MB)}m`;

function withoutEmpty<T extends object>(object: T): Partial<T> {
  const isEmpty = (value: unknown) =>
    value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  const kept: Partial<T> = { ...object };
  for (const key in kept) if (isEmpty(kept[key])) delete kept[key];
  return kept;
}
