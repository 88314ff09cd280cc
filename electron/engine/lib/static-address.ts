/**
 * Addresses that an image specifies (docs/formats.md, "The manifest": `ipaddr`, `netmask`, `gateway`, and tuples `en1` …),
 * and what user-mode networking has to be so that they are right there. Pure.
 */

import { z } from "zod";
import { formatAddress, formatSubnet, isWithin, netmaskOf, parseAddress, type Subnet, sizeOf } from "./ipv4-address.ts";

export const StaticAddress = z.object({ address: z.ipv4(), netmask: z.ipv4(), gateway: z.ipv4() });
export type StaticAddress = z.infer<typeof StaticAddress>;

/** QEMU's user-mode network, where it is not the usual one. */
export interface UserSubnet {
  /** `192.168.5.0/24` */
  subnet: string;
  /** What the guest knows this machine by: its gateway. */
  host: string;
  nameServer: string;
  /** The guest's own: where forwards lead. */
  guest: string;
}

/** The network needs room for the guest, this machine and the name server. */
const MOST_BITS = 28;
/** As in QEMU's usual network. */
const NAME_SERVER = 3;

/** From what a manifest says of one interface; undefined where it asks for its address. Empty texts are not said. */
export function staticAddress(said: {
  ipaddr?: string | undefined;
  netmask?: string | undefined;
  gateway?: string | undefined;
}): StaticAddress | undefined {
  const address = parseAddress(said.ipaddr ?? "");
  const bits = bitsOf(parseAddress(said.netmask || "255.255.255.0"));
  if (address === undefined || bits === undefined) return undefined;
  const subnet = subnetOf(address, bits);
  const gateway = said.gateway ? parseAddress(said.gateway) : usualGateway(address, subnet);
  if (gateway === undefined) return undefined;
  return {
    address: formatAddress(address),
    netmask: formatAddress(netmaskOf(subnet)),
    gateway: formatAddress(gateway),
  };
}

/** A user-mode network that the guest's address, mask and gateway fit into. */
export function userSubnet({ address, netmask, gateway }: StaticAddress): UserSubnet {
  const [guest = 0, asked = 0] = [parseAddress(address), parseAddress(gateway)];
  const bits = Math.min(bitsOf(parseAddress(netmask)) ?? 24, MOST_BITS);
  const subnet = subnetOf(guest, bits);
  const free = (from: number, taken: readonly number[]) => {
    let n = from;
    while (taken.includes(subnet.base + n)) n++;
    return subnet.base + n;
  };
  // A gateway elsewhere is nothing that this network could be.
  const host = isWithin(asked, subnet) && asked !== guest ? asked : free(2, [guest]);
  return {
    subnet: formatSubnet(subnet),
    host: formatAddress(host),
    nameServer: formatAddress(free(NAME_SERVER, [guest, host])),
    guest: address,
  };
}

/** The first address, or the last where the guest has the first: as Nanos and Pith take it. */
function usualGateway(address: number, subnet: Subnet): number {
  const first = subnet.base + 1;
  return address === first ? subnet.base + sizeOf(subnet) - 2 : first;
}

function subnetOf(address: number, bits: number): Subnet {
  return { base: address - (address % sizeOf({ bits })), bits };
}

/** Undefined for what is no mask. */
function bitsOf(mask: number | undefined): number | undefined {
  if (mask === undefined) return undefined;
  const bits = 32 - Math.log2(2 ** 32 - mask);
  return Number.isInteger(bits) ? bits : undefined;
}
