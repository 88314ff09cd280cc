/** What the host's network is at this moment, as `ip -json` and the kernel's own files have it. */

import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { Problem } from "../../../../shared/problem.ts";
import { findProgram } from "../../lib/find-program.ts";
import type { AddressStep, RouteStep } from "./steps.ts";

export interface HostAddress extends AddressStep {
  family: 4 | 6;
  address: string;
  /** The kernel makes it by itself, and takes it back by itself. */
  isTemporary: boolean;
  /** The other end of a line between two. */
  hasPeer: boolean;
}

export interface HostLink {
  name: string;
  mac: string;
  /** `bridge`, `vlan`, `tun` …; none for hardware. */
  kind: string | undefined;
  /** The bridge or bond that it is a port of. */
  master: string | undefined;
  /** What a VLAN and its like stand on. */
  parent: string | undefined;
  isEthernet: boolean;
  isLoopback: boolean;
  isUp: boolean;
  /** Whether somebody is at the other end: for a TAP, a machine. */
  hasCarrier: boolean;
  isWireless: boolean;
  /** The service of the host that looks after it. */
  manager: string | undefined;
  addresses: HostAddress[];
}

export interface HostRoute extends RouteStep {
  device: string;
  /** `main`, or the name of another table. */
  table: string;
  /** What it has beyond what can be written down here. */
  oddity: string | undefined;
}

export interface HostState {
  links: HostLink[];
  routes: HostRoute[];
  /** Whether frames within bridges go through the firewall, whose rules are made for other things. */
  filtersBridges: boolean;
}

const FOREVER = 0xffffffff;

const AddressJson = z.looseObject({
  family: z.string(),
  local: z.string().optional(),
  address: z.string().optional(),
  prefixlen: z.number(),
  broadcast: z.string().optional(),
  scope: z.string().default("global"),
  label: z.string().optional(),
  valid_life_time: z.number().default(FOREVER),
  preferred_life_time: z.number().default(FOREVER),
  metric: z.number().optional(),
  noprefixroute: z.boolean().default(false),
  home: z.boolean().default(false),
  mngtmpaddr: z.boolean().default(false),
  nodad: z.boolean().default(false),
  temporary: z.boolean().default(false),
});

const LinkJson = z.looseObject({
  ifname: z.string(),
  ifindex: z.number(),
  flags: z.array(z.string()).default([]),
  link_type: z.string().optional(),
  address: z.string().optional(),
  master: z.string().optional(),
  link: z.string().nullish(),
  linkinfo: z.looseObject({ info_kind: z.string().optional() }).optional(),
  addr_info: z.array(AddressJson).default([]),
});

const routeKeys = {
  dst: z.string(),
  dev: z.string().optional(),
  type: z.string().default("unicast"),
  gateway: z.string().optional(),
  protocol: z.string().default("boot"),
  scope: z.string().optional(),
  prefsrc: z.string().optional(),
  metric: z.number().optional(),
  table: z.string().default("main"),
  flags: z.array(z.string()).default([]),
};
const RouteJson = z.looseObject(routeKeys);
/** What a route may have that needs no keeping. */
const idleKeys = new Set([...Object.keys(routeKeys), "pref", "expires"]);

/** More is no machine that anybody plugs an instance into. */
const MAX_ANSWER_BYTES = 8 << 20;
const ANSWER_LIMIT_MS = 10_000;

/** Throws network.unsupported without `ip`, network.failed where it does not answer as it should. */
export async function readHostState(): Promise<HostState> {
  const ip = await findProgram("ip", "/usr/sbin:/usr/bin:/sbin:/bin");
  if (!ip)
    throw new Problem("network.unsupported", "The program ip was not found", {
      hint: "Install iproute2, which is needed for bridges.",
    });
  const [links, routes4, routes6] = await Promise.all([
    ask(ip, ["-json", "-details", "address", "show"], LinkJson),
    ask(ip, ["-4", "-json", "-details", "route", "show", "table", "all"], RouteJson),
    ask(ip, ["-6", "-json", "-details", "route", "show", "table", "all"], RouteJson),
  ]);
  return {
    links: await Promise.all(links.map(readLink)),
    routes: [...routes4.flatMap((route) => readRoute(route, 4)), ...routes6.flatMap((route) => readRoute(route, 6))],
    filtersBridges: await readsOne("/proc/sys/net/bridge/bridge-nf-call-iptables"),
  };
}

async function ask<T extends z.ZodType>(ip: string, words: string[], shape: T): Promise<z.infer<T>[]> {
  try {
    const { execa } = await import("execa");
    const { stdout } = await execa(ip, words, {
      timeout: ANSWER_LIMIT_MS,
      maxBuffer: MAX_ANSWER_BYTES,
      stdin: "ignore",
    });
    // A table that there is none of is an empty answer.
    return stdout.trim() === "" ? [] : z.array(shape).parse(JSON.parse(stdout).filter(hasContent));
  } catch (error) {
    throw new Problem("network.failed", `ip ${words.join(" ")} gave unexpected output`, {
      hint: "Check that the command works in a terminal.",
      details: String(error),
      cause: error,
    });
  }
}

/** Some versions answer with empty objects for what they were asked to leave out. */
const hasContent = (one: unknown) => typeof one === "object" && one !== null && Object.keys(one).length > 0;

async function readLink(json: z.infer<typeof LinkJson>): Promise<HostLink> {
  const { ifname: name, ifindex, flags, linkinfo } = json;
  const kind = linkinfo?.info_kind;
  const standsOnAnother = kind !== undefined && ["vlan", "macvlan", "macvtap", "ipvlan"].includes(kind);
  return {
    name,
    mac: json.address ?? "",
    kind,
    master: json.master,
    parent: standsOnAnother ? (json.link ?? undefined) : undefined,
    isEthernet: json.link_type === "ether",
    isLoopback: flags.includes("LOOPBACK"),
    isUp: flags.includes("UP"),
    hasCarrier: flags.includes("LOWER_UP"),
    isWireless: await exists(`/sys/class/net/${name}/phy80211`),
    manager: await managerOf(ifindex),
    addresses: json.addr_info.flatMap(readAddress),
  };
}

function readAddress(json: z.infer<typeof AddressJson>): HostAddress[] {
  const address = json.local;
  if (address === undefined || (json.family !== "inet" && json.family !== "inet6")) return [];
  const seconds = (life: number) => (life === FOREVER ? undefined : life);
  const flags = ["noprefixroute", "home", "mngtmpaddr", "nodad"].filter((flag) => json[flag] === true);
  return [
    {
      family: json.family === "inet" ? 4 : 6,
      address,
      cidr: `${address}/${json.prefixlen}`,
      broadcast: json.broadcast,
      scope: json.scope,
      label: json.label,
      flags: [...flags, ...(json.metric === undefined ? [] : [`metric${json.metric}`])],
      valid: seconds(json.valid_life_time),
      preferred: seconds(json.preferred_life_time),
      isTemporary: json.temporary,
      hasPeer: json.address !== undefined,
    },
  ];
}

function readRoute(json: z.infer<typeof RouteJson>, family: 4 | 6): HostRoute[] {
  const { dev: device, type, gateway: via, protocol, scope, prefsrc: source, metric, table } = json;
  if (device === undefined || table === "local") return [];
  const odd = Object.entries(json).find(([key, value]) => !idleKeys.has(key) && !isEmpty(value))?.[0];
  const oddity = type === "unicast" ? odd : type;
  // The default scope need not be said, and IPv6 has none.
  const said = scope === "global" || family === 6 ? undefined : scope;
  return [
    {
      ...{ family, device, to: json.dst, via, protocol, scope: said, source, metric, table, oddity },
      onlink: json.flags.includes("onlink"),
    },
  ];
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.every((one) => !hasContent(one));

/** NetworkManager and networkd keep a file for each interface that they look after. */
async function managerOf(index: number): Promise<string | undefined> {
  const [manager, networkd] = await Promise.all([
    readFile(`/run/NetworkManager/devices/${index}`, "utf8").catch(() => ""),
    readFile(`/run/systemd/netif/links/${index}`, "utf8").catch(() => ""),
  ]);
  if (/^managed=(true|1)$/m.test(manager)) return "NetworkManager";
  return /^ADMIN_STATE=(configured|configuring)$/m.test(networkd) ? "systemd-networkd" : undefined;
}

async function readsOne(path: string): Promise<boolean> {
  return (await readFile(path, "utf8").catch(() => "")).trim() === "1";
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
