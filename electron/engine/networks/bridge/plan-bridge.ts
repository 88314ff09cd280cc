/**
 * From a wish and what the host's network is to the steps that make a bridge. Pure. The steps are in an order in which the
 * helper can undo them one by one, the latest first.
 *
 * An uplink's addresses and routes go onto the bridge: a port of a bridge hears nothing itself any more. The uplink's part comes
 * last, so that this machine is without it for a moment only.
 */

import type { BridgeSpec } from "../../../../shared/contract/bridges.ts";
import { Problem } from "../../../../shared/problem.ts";
import { createHash } from "../../lib/crypto.ts";
import { canonicalCidr, networkOf } from "./cidr.ts";
import type { HostAddress, HostLink, HostRoute, HostState } from "./host-state.ts";
import { type Step, wordsOf } from "./steps.ts";

export interface PlannedBridge {
  steps: Step[];
  warnings: string[];
  /** Why the uplink needs a consent of its own; empty where it needs none. */
  reasons: string[];
  digest: string;
}

export interface PlanContext {
  host: HostState;
  /** This machine's ends of SSH sessions. */
  sshAddresses: readonly string[];
  /** Whose TAPs they are to be. */
  user: number;
}

const MAX_ROUTES = 64;
/** Of the routes that the kernel makes by itself. */
const IPV6_METRIC = 256;

/** Throws network.exists for a name that is taken, network.invalid for what no bridge can be made of. */
export function planBridge(wish: BridgeSpec, { host, sshAddresses, user }: PlanContext): PlannedBridge {
  const { name } = wish;
  const taps = tapNames(wish);
  const taken = [name, ...taps].find((one) => host.links.some((link) => link.name === one));
  if (taken !== undefined)
    throw new Problem("network.exists", `There is an interface ${taken} on the host already`, {
      hint: "Choose another name for the bridge.",
    });
  const uplink = wish.uplink === undefined ? undefined : findUplink(wish.uplink, host);
  const own = wish.address === undefined ? [] : [ownAddress(wish.address, host)];
  const move = uplink ? moveOnto(name, uplink, host.routes) : { off: [], on: [] };
  const steps: Step[] = [
    { kind: "bridge", name, mac: uplink?.mac ?? bridgeMac(name) },
    ...taps.flatMap((tap): Step[] => [
      { kind: "tap", name: tap, user },
      { kind: "join", port: tap, bridge: name },
      { kind: "up", name: tap },
    ]),
    { kind: "up", name },
    ...own.map((cidr): Step => ({ kind: "address-add", device: name, address: plainAddress(cidr) })),
    ...move.off,
    ...(uplink ? joinUplink(uplink, name) : []),
    ...move.on,
  ];
  return {
    steps,
    warnings: warningsFor(wish, uplink, host),
    reasons: uplink ? reasonsFor(uplink, host, sshAddresses) : [],
    digest: createHash("sha256")
      .update(JSON.stringify(steps.map(wordsOf)))
      .digest("hex"),
  };
}

export const tapNames = ({ name, seats }: BridgeSpec) => Array.from({ length: seats }, (_, i) => `${name}-t${i}`);

/** Why this interface can't be an uplink; undefined where it can. */
export function refusalOf(link: HostLink, routes: readonly HostRoute[]): string | undefined {
  if (link.isLoopback || !link.isEthernet) return "it is not an Ethernet interface";
  if (link.isWireless) return "it is wireless, and access points do not forward frames of other stations";
  if (link.kind === "bridge") return "it is a bridge itself";
  if (link.kind === "tun") return "it is a TUN or TAP interface of a program";
  if (link.master !== undefined) return `it belongs to ${link.master}`;
  if (link.addresses.some(({ hasPeer }) => hasPeer)) return "it has an address with a peer, which can't be moved";
  const own = routes.filter(({ device }) => device === link.name);
  const odd = own.find(({ table, oddity }) => table !== "main" || oddity !== undefined);
  if (odd) return `its route to ${odd.to} can't be moved (${odd.oddity ?? `it is in the table ${odd.table}`})`;
  if (own.length > MAX_ROUTES) return "it has too many routes";
  return undefined;
}

/** What would be cut, were this interface's plan to go wrong. */
export function reasonsFor(uplink: HostLink, host: HostState, sshAddresses: readonly string[]): string[] {
  const routes = host.routes.filter(({ to, device }) => to === "default" && isCarriedBy(device, uplink.name, host));
  const sessions = host.links
    .filter(({ name }) => isCarriedBy(name, uplink.name, host))
    .flatMap(({ addresses }) => addresses.map(({ address }) => address))
    .filter((address) => sshAddresses.includes(address));
  return [
    ...(routes.length > 0 ? ["The host's default route goes through it"] : []),
    ...sessions.map((address) => `An SSH session with ${address} goes through it`),
  ];
}

/** Whether what goes through `device` goes through `carrier`: itself, what it stands on, or a port of it. */
function isCarriedBy(device: string, carrier: string, { links }: HostState): boolean {
  const seen = new Set<string>();
  const waiting = [device];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === carrier) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    for (const link of links) {
      if (link.name === name && link.parent !== undefined) waiting.push(link.parent);
      if (link.master === name) waiting.push(link.name);
    }
  }
  return false;
}

function findUplink(name: string, host: HostState): HostLink {
  const uplink = host.links.find((link) => link.name === name);
  if (!uplink)
    throw new Problem("network.invalid", `There is no interface ${name} on the host`, {
      hint: "“unideck network interfaces” lists them.",
    });
  const refusal = refusalOf(uplink, host.routes);
  if (refusal)
    throw new Problem("network.invalid", `${name} can't be an uplink: ${refusal}`, {
      hint: "Choose another interface, or none: then instances reach each other and the host.",
    });
  return uplink;
}

function joinUplink(uplink: HostLink, bridge: string): Step[] {
  const join: Step = { kind: "join", port: uplink.name, bridge };
  return uplink.isUp ? [join] : [{ kind: "up", name: uplink.name }, join];
}

/**
 * The kernel's own route to an address's network comes and goes with the address. One with another source or metric is
 * somebody's who adds addresses without it, as NetworkManager does.
 */
function isAutomatic(route: HostRoute, addresses: readonly HostAddress[]): boolean {
  const { protocol, via, to, family, source, metric } = route;
  if (protocol !== "kernel" || via !== undefined) return false;
  if (family === 6 && to.startsWith("fe80:")) return true;
  return addresses.some(({ cidr, address, flags }) => {
    const usual = family === 6 ? IPV6_METRIC : undefined;
    const own = flags.find((flag) => flag.startsWith("metric"))?.slice("metric".length);
    const isItsOwn = metric === (own === undefined ? usual : Number(own)) && (family === 6 || source === address);
    return isItsOwn && !flags.includes("noprefixroute") && networkOf(cidr) === to;
  });
}

/** A gateway has to be on a link that is known by then, so routes to links come first. */
const inOrderOfNeed = (routes: readonly HostRoute[]) => [
  ...routes.filter(({ via }) => via === undefined),
  ...routes.filter(({ via }) => via !== undefined),
];

/**
 * Addresses and routes off the uplink, and onto the bridge. What a router of IPv6 announced is only taken off: it is announced
 * to the bridge as well. Each is taken off the latest first, so that undoing puts them back in the order in which they were.
 */
function moveOnto(bridge: string, uplink: HostLink, allRoutes: readonly HostRoute[]): { off: Step[]; on: Step[] } {
  const addresses = uplink.addresses.filter(({ family, scope, isTemporary }) =>
    family === 4 ? true : scope !== "link" && !isTemporary,
  );
  const own = allRoutes.filter((route) => route.device === uplink.name);
  const routes = inOrderOfNeed(own.filter((route) => !isAutomatic(route, uplink.addresses)));
  const isAnnounced = ({ family, valid }: HostAddress) => family === 6 && valid !== undefined;
  // Nobody renews on the bridge what was leased to the uplink, so it has no end there.
  const kept = addresses
    .filter((one) => !isAnnounced(one))
    .map((one) => ({ ...asStep(one), valid: undefined, preferred: undefined, label: undefined }));
  return {
    off: [
      ...routes.toReversed().map((route): Step => ({ kind: "route-del", device: uplink.name, route })),
      ...addresses
        .toReversed()
        .map((one): Step => ({ kind: "address-del", device: uplink.name, address: asStep(one) })),
    ],
    on: [
      ...kept.map((address): Step => ({ kind: "address-add", device: bridge, address })),
      ...routes
        .filter(({ family, protocol }) => family === 4 || !["ra", "kernel"].includes(protocol))
        .map((route): Step => ({ kind: "route-add", device: bridge, route })),
    ],
  };
}

const asStep = ({ cidr, broadcast, scope, label, flags, valid, preferred }: HostAddress) => ({
  ...{ cidr, broadcast, scope, flags, valid, preferred },
  label,
});

function plainAddress(cidr: string) {
  const none = { broadcast: undefined, label: undefined, valid: undefined, preferred: undefined };
  return { cidr, scope: "global", flags: [], ...none };
}

function ownAddress(text: string, host: HostState): string {
  const cidr = canonicalCidr(text);
  if (cidr === undefined)
    throw new Problem("network.invalid", `${text} is not a valid bridge address`, {
      hint: "Write it with its prefix length, such as 10.20.0.1/24.",
    });
  const network = networkOf(cidr);
  const owner = host.links.find(({ addresses }) => addresses.some((one) => networkOf(one.cidr) === network));
  if (owner)
    throw new Problem("network.invalid", `${owner.name} is already in the network of ${text}`, {
      hint: "Choose an address of a network that the host is not in.",
    });
  return cidr;
}

/** Of the locally administered ones, and the same for the same name. */
function bridgeMac(name: string): string {
  const digest = createHash("sha256").update(`bridge ${name}`).digest("hex");
  return `02:${digest.slice(0, 10).replace(/..\B/g, "$&:")}`;
}

function warningsFor(wish: BridgeSpec, uplink: HostLink | undefined, host: HostState): string[] {
  const leased = uplink?.addresses.some(({ family, valid }) => family === 4 && valid !== undefined);
  const manager = uplink?.manager;
  return [
    ...(uplink ? [] : ["Without an uplink there is no DHCP server: give instances static addresses."]),
    ...(uplink || wish.address ? [] : ["Without an address the host itself is not in the bridge's network."]),
    ...(leased
      ? [
          `The address of ${uplink?.name} is leased. Its lease is not renewed on ${wish.name}: the router may assign it to another host.`,
        ]
      : []),
    ...(manager ? [`${manager} manages ${uplink?.name}, and may assign its address again while it is a port.`] : []),
    ...(host.filtersBridges
      ? ["The firewall of the host sees frames within bridges (as Docker sets it up), and may drop those of instances."]
      : []),
  ];
}
