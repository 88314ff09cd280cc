/** What the map shows: this machine, private networks, instances, and what leads from one to the other. Pure. */

import type { Bridge } from "../../../shared/contract/bridges.ts";
import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import type { Network } from "../../../shared/contract/networks.ts";
import { isAlive, isReady } from "../../../shared/instance-state.ts";
import { membersOf, stateWords } from "../../model/bridge-words.ts";
import { addressAt, addressOn, byName, interfaceOn, wayOutInterface } from "../../model/interface-names.ts";
import { interfaceKey } from "../../model/traffic.ts";

export interface Thing {
  id: string;
  kind: "host" | "network" | "bridge" | "instance";
  title: string;
  below: string;
  isAlive: boolean;
  x: number;
  y: number;
}

export interface Lead {
  id: string;
  from: string;
  to: string;
  label: string;
  /** It leads one way. */
  isForward?: boolean;
  /** Something goes through, or can. */
  isLive: boolean;
  /** Where the rate of what it carries is found. */
  rateKey?: string;
}

export interface Graph {
  things: Thing[];
  leads: Lead[];
}

export const HOST = "host";
/** From column to column: the lines between have room for an address and a rate. */
const COLUMN_PX = 320;
const WAY_OUT = "outbound";
const ROW_PX = 96;
/** More are no picture any more; the lists have them all. */
const MOST_IN_A_COLUMN = 60;

/**
 * Three columns: this machine, networks and bridges where there are any, instances. An instance that nothing leads to, and
 * that leads nowhere at this moment, is not on the map.
 */
export function graphOf(
  instances: readonly Instance[],
  allNetworks: readonly Network[],
  allBridges: readonly Bridge[],
): Graph {
  const networks = allNetworks.slice(0, MOST_IN_A_COLUMN);
  const bridges = allBridges.slice(0, MOST_IN_A_COLUMN - networks.length);
  const members = new Set([
    ...networks.flatMap((network) => network.members.map(({ instance }) => instance)),
    ...bridges.flatMap(({ name }) => membersOf(name, instances).map(({ id }) => id)),
  ]);
  const shown = instances
    .filter((one) => members.has(one.id) || one.ports.length + one.pendingPorts.length > 0 || reachesOut(one))
    .slice(0, MOST_IN_A_COLUMN);
  // Below the lines from the host to instances, so that no network hides what they say.
  const hasForwards = shown.some(({ ports }) => ports.length > 0);
  const networkY = (i: number) =>
    hasForwards ? (shown.length / 4 + 0.9 + i) * ROW_PX : middle(networks.length + bridges.length, i);
  const middle = (count: number, i: number) => (i - (count - 1) / 2) * ROW_PX;
  const instancesX = (networks.length + bridges.length > 0 ? 2 : 1) * COLUMN_PX;
  const host: Thing = {
    id: HOST,
    kind: "host",
    title: "This computer",
    below: "and its network",
    isAlive: true,
    x: 0,
    y: 0,
  };
  return {
    things: [
      host,
      ...networks.map((network, i) => networkThing(network, networkY(i))),
      ...bridges.map((bridge, i) => bridgeThing(bridge, networkY(networks.length + i))),
      ...shown.map((instance, i) => instanceThing(instance, instancesX, middle(shown.length, i))),
    ],
    leads: [
      ...networks.flatMap((network) => networkLeads(network, shown)),
      ...bridges.flatMap((bridge) => bridgeLeads(bridge, shown)),
      ...shown.flatMap(outsideLeads),
    ],
  };
}

function networkThing({ name, subnet, running }: Network, y: number): Thing {
  return { id: `network ${name}`, kind: "network", title: name, below: subnet, isAlive: running, x: COLUMN_PX, y };
}

function bridgeThing(bridge: Bridge, y: number): Thing {
  const { name, state, addresses } = bridge;
  const below = state === "ready" || state === "foreign" ? (addresses[0] ?? "bridge") : stateWords[state].words;
  return { id: `bridge ${name}`, kind: "bridge", title: name, below, isAlive: isStanding(bridge), x: COLUMN_PX, y };
}

const isStanding = ({ state }: Bridge) => state === "ready" || state === "foreign" || state === "waiting";

/** From this machine by its uplink, and to each instance that is plugged in. */
function bridgeLeads(bridge: Bridge, shown: readonly Instance[]): Lead[] {
  const { name, uplink, addresses } = bridge;
  const id = `bridge ${name}`;
  const own: Lead = { id: `uplink ${name}`, from: HOST, to: id, label: uplink ?? "", isLive: isStanding(bridge) };
  return [
    ...(uplink || addresses.length > 0 ? [own] : []),
    ...membersOf(name, shown).map((instance) => {
      return {
        id: `seat ${name} ${instance.id}`,
        from: id,
        to: instance.id,
        label: addressOn(name, instance) ?? "",
        isLive: isStanding(bridge) && isAlive(instance),
        rateKey: interfaceKey(instance.id, interfaceOn(name, instance)),
      };
    }),
  ];
}

function instanceThing(instance: Instance, x: number, y: number): Thing {
  const [address] = instance.addresses.toSorted((a, b) => byName(a.interface, b.interface));
  const below = address ? address.address : instance.state;
  const { id, name } = instance;
  return { id, kind: "instance", title: name, below, isAlive: isAlive(instance), x, y };
}

function networkLeads({ name, wayOut, running, members }: Network, shown: readonly Instance[]): Lead[] {
  const out: Lead = {
    id: `out ${name}`,
    from: HOST,
    to: `network ${name}`,
    label: WAY_OUT,
    isLive: running,
    rateKey: name,
  };
  const known = members.filter(({ instance }) => shown.some(({ id }) => id === instance));
  return [
    ...(wayOut ? [out] : []),
    ...known.map(({ instance, address }) => ({
      id: `member ${name} ${instance}`,
      from: `network ${name}`,
      to: instance,
      label: address,
      isLive: running && shown.some((one) => one.id === instance && isAlive(one)),
      rateKey: `${name} ${instance}`,
    })),
  ];
}

/** It has an address on the card that leads to where this machine can go. */
const reachesOut = (instance: Instance) =>
  isAlive(instance) && addressAt(wayOutInterface(instance), instance) !== undefined;

/** What comes in by ports and goes out without: one line for all, as they have the same ends. */
function outsideLeads(instance: Instance): Lead[] {
  const { id, ports } = instance;
  const isForward = ports.length > 0;
  if (!isForward && !reachesOut(instance)) return [];
  const label = ports.slice(0, 3).map(formatForward).join("  ");
  const more = ports.length > 3 ? ` +${ports.length - 3}` : "";
  const isLive = !isForward || ports.some((port) => isReady(instance, port));
  const rateKey = interfaceKey(id, wayOutInterface(instance));
  return [
    {
      id: `outside ${id}`,
      from: HOST,
      to: id,
      label: isForward ? `${label}${more}` : WAY_OUT,
      isLive,
      rateKey,
      isForward,
    },
  ];
}

export function formatForward({ host, guest, protocol }: PortForward): string {
  const [from, to] = [host === 0 ? "any" : String(host), String(guest)];
  return `:${from}→${to}${protocol === "udp" ? "/udp" : ""}`;
}
