/**
 * The sheet's fields as a configuration of OPS (`ops run -c config.json`), and back: what is edited there is what the
 * fields hold. Keys as OPS has them; what is empty is left out, as OPS does. Pure.
 */

import { z } from "zod";
import type { Placement } from "../../../shared/contract/images.ts";
import type { InstanceWishes } from "../../../shared/contract/instances.ts";
import type { AddedFile, Draft, Wishes } from "./draft.ts";
import { formatPorts } from "./ports.ts";
import { joinWords } from "./words.ts";

const MB = 2 ** 20;
const strings = z.record(z.string(), z.string());

const RunConfig = z.strictObject({
  ImageName: z.string().optional(),
  Memory: z.string().optional(),
  CPUs: z.number().int().optional(),
  Ports: z.array(z.string()).optional(),
  UDPPorts: z.array(z.string()).optional(),
});

/** Strict: OPS refuses a key that it does not know, and a key that does nothing here must not seem to do something. */
const OpsConfig = z.strictObject({
  Program: z.string().optional(),
  Args: z.array(z.string()).optional(),
  Env: strings.optional(),
  MapDirs: strings.optional(),
  BaseVolumeSz: z.string().optional(),
  Klibs: z.array(z.string()).optional(),
  NanosVersion: z.string().optional(),
  RunConfig: RunConfig.optional(),
});

type Valid = Exclude<Wishes, { errors: unknown }>;

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
  const config: z.infer<typeof OpsConfig> = {
    Program: build.program,
    Args: build.arguments,
    Env: build.environment,
    MapDirs: Object.fromEntries([
      ...build.folders.map(({ host, guest }) => [`${host}/*`, guest]),
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
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : error}` };
  }
  const parsed = OpsConfig.safeParse(json);
  if (!parsed.success) return { error: parsed.error.issues.map(issueWords).join(" ") };
  const { Program, Args, Env, MapDirs, BaseVolumeSz, Klibs, NanosVersion, RunConfig: run } = parsed.data;
  if (Program !== undefined && Program !== program)
    return { error: "Program can't be changed here: drop the other program on the window." };
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

function issueWords({ code, path, message, ...rest }: z.core.$ZodIssue): string {
  const place = path.join(".");
  if (code === "unrecognized_keys" && "keys" in rest)
    return `${place === "" ? "" : `${place}: `}${rest.keys.join(", ")} can't be used here.`;
  return `${place === "" ? "The whole" : place}: ${message}.`;
}

/** As the fields have them; what is no port is told there. */
function readPorts(ports: readonly string[], protocol: InstanceWishes["ports"][number]["protocol"]): string[] {
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
