/** Addresses of a private network: its subnet, its members', its way out's. Pure. */

import { Problem } from "../../../shared/problem.ts";
import { createHash } from "../lib/crypto.ts";
import {
  broadcastOf,
  formatSubnet,
  isWithin,
  overlap,
  parseAddress,
  parseSubnet,
  type Subnet,
  sizeOf,
} from "../lib/ipv4-address.ts";
import type { NetworkRecord } from "./record.ts";
import { type NetworkFacts, ownAddress } from "./switch/services.ts";

/** The first address is the switch's; the last two are the way out's: its gateway and its name server. */
const FIRST_MEMBER = 2;
const SEATS_AT_THE_END = 3;

/** A subnet that nobody has: `10.77.N.0/24`. Throws network.full. */
export function chooseSubnet(taken: readonly Subnet[]): Subnet {
  for (let n = 1; n < 256; n++) {
    const subnet = parseSubnet(`10.77.${n}.0/24`);
    if (subnet && !taken.some((other) => overlap(subnet, other))) return subnet;
  }
  throw new Problem("network.full", "All subnets for private networks are in use", {
    hint: "Give a subnet, or delete a network.",
  });
}

/** Throws network.invalid for what is none, or overlaps what is taken. */
export function checkSubnet(text: string, taken: readonly Subnet[]): Subnet {
  const subnet = parseSubnet(text);
  if (!subnet)
    throw new Problem("network.invalid", `${text} is not a valid subnet`, {
      hint: "Write it like 10.77.1.0/24, with /8 to /28.",
    });
  const other = taken.find((one) => overlap(subnet, one));
  if (other)
    throw new Problem("network.invalid", `${text} overlaps ${formatSubnet(other)}, which is in use`, {
      hint: "Choose another subnet, or let one be chosen.",
    });
  return subnet;
}

/** The lowest address that no member has. Throws network.full. */
export function freeAddress(subnet: Subnet, taken: ReadonlySet<number>): number {
  for (let n = FIRST_MEMBER; n < sizeOf(subnet) - SEATS_AT_THE_END; n++)
    if (!taken.has(subnet.base + n)) return subnet.base + n;
  throw new Problem("network.full", `Every address of ${formatSubnet(subnet)} is taken`, {
    hint: "Delete instances of that network, or make a larger one.",
  });
}

/** An address that a member's image specifies. Throws network.invalid where it has no place in the network. */
export function checkOwnAddress(
  own: string,
  { name, subnet, wayOut }: NetworkFacts,
  others: readonly { name: string; address: string }[],
): string {
  const address = parseAddress(own) ?? 0;
  const problem = (why: string) =>
    new Problem("network.invalid", `Its image says that its address is ${own}, and ${why}`, {
      hint: "Build the image without an address, or make a network with a subnet for it.",
    });
  if (!isWithin(address, subnet)) throw problem(`the network ${name} is ${formatSubnet(subnet)}`);
  const reserved = [subnet.base, ownAddress({ subnet }), broadcastOf(subnet), wayOut?.gateway, wayOut?.nameServer];
  if (reserved.includes(address)) throw problem(`in ${name} that address is reserved`);
  const other = others.find((one) => one.address === own);
  if (other) throw problem(`in ${name} that is ${other.name}'s`);
  return own;
}

/** A MAC of the locally administered ones, the same whenever that instance joins that network. */
export function memberMac(network: string, instance: string): string {
  const digest = createHash("sha256").update(`${network} ${instance}`).digest("hex");
  return `02:${digest.slice(0, 10).replace(/..\B/g, "$&:")}`;
}

export const wayOutOf = (subnet: Subnet) => ({
  gateway: broadcastOf(subnet) - 1,
  nameServer: broadcastOf(subnet) - 2,
});

/** Throws RangeError for a record that nobody of ours has written. */
export function factsOf({ name, subnet: text, wayOut, members }: NetworkRecord): NetworkFacts {
  const subnet = parseSubnet(text);
  if (!subnet) throw new RangeError(`${text} is no subnet`);
  return {
    name,
    subnet,
    wayOut: wayOut ? wayOutOf(subnet) : undefined,
    members: members.map(({ instance, name: memberName, mac, address }) => ({
      id: instance,
      name: memberName,
      mac,
      address: parseAddress(address) ?? 0,
    })),
  };
}

/** What QEMU's user mode is in this network. */
export function gatewayAddresses(subnet: Subnet) {
  return { subnet, ...wayOutOf(subnet), firstGuest: subnet.base + FIRST_MEMBER };
}
