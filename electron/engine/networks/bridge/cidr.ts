/** Addresses with the length of their network, of both families, as `ip` writes them. Pure. */

import { isIPv4, isIPv6 } from "node:net";
import { formatAddress, parseAddress, sizeOf } from "../../lib/ipv4-address.ts";
import { canonical } from "./ssh-addresses.ts";

function split(text: string): { address: string; bits: number; isV4: boolean } | undefined {
  const [address = "", length = "", ...more] = text.split("/");
  const isV4 = isIPv4(address);
  if (more.length > 0 || !/^\d{1,3}$/.test(length) || !(isV4 || (isIPv6(address) && !address.includes("%"))))
    return undefined;
  const bits = Number(length);
  return bits >= 1 && bits <= (isV4 ? 32 : 128) ? { address, bits, isV4 } : undefined;
}

/** An address that a machine can have, in its one form; undefined for a network's own and what is none. */
export function canonicalCidr(text: string): string | undefined {
  const parts = split(text);
  if (!parts) return undefined;
  const address = parts.isV4 ? parts.address : canonical(parts.address);
  const cidr = `${address}/${parts.bits}`;
  const isOwn = parts.isV4 && parts.bits < 31 && networkOf(cidr) === cidr;
  const first = parts.isV4 ? Math.floor((parseAddress(address) ?? 0) / 2 ** 24) : 1;
  return isOwn || first === 0 || first >= 224 || first === 127 ? undefined : cidr;
}

/** `10.1.2.3/24` is in `10.1.2.0/24`. */
export function networkOf(cidr: string): string {
  const parts = split(cidr);
  if (!parts) return cidr;
  const { address, bits, isV4 } = parts;
  if (isV4) {
    const number = parseAddress(address) ?? 0;
    return `${formatAddress(number - (number % sizeOf({ bits })))}/${bits}`;
  }
  const groups = expand(address).map((group, i) => {
    const kept = Math.min(Math.max(bits - 16 * i, 0), 16);
    return (group & (0xffff << (16 - kept)) & 0xffff).toString(16);
  });
  return `${canonical(groups.join(":"))}/${bits}`;
}

/** The eight numbers of an IPv6 address. */
function expand(address: string): number[] {
  const [head = "", tail] = canonical(address).split("::");
  const numbers = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [numbers(head), numbers(tail ?? "")];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
