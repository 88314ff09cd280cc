/** The IPv4 subnets that this machine is in: private networks keep away from them. */

import { networkInterfaces } from "node:os";
import { parseAddress, type Subnet } from "../lib/ipv4-address.ts";

export function hostSubnets(): Subnet[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found.flatMap(({ family, cidr }) => {
    const [text = "", prefix = ""] = cidr?.split("/") ?? [];
    const address = family === "IPv4" ? parseAddress(text) : undefined;
    const bits = Number(prefix);
    if (address === undefined || !(bits >= 1 && bits <= 32)) return [];
    const size = 2 ** (32 - bits);
    return [{ base: address - (address % size), bits }];
  });
}
