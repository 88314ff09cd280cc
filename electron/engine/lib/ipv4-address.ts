/** IPv4 addresses as numbers and as text, and the subnets that they are in. Pure. */

export interface Subnet {
  /** The lowest address: that of the subnet itself. */
  base: number;
  /** How many bits of an address name the subnet. */
  bits: number;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** Undefined for what is no address in the common form: four numbers, without leading zeros. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((address, part) => address * 256 + Number(part), 0);
}

/** From `10.77.1.0/24`. Undefined where the address has bits beyond the prefix, or the subnet has no room for two guests. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = "", prefix = "", ...more] = text.split("/");
  const base = parseAddress(address);
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (base === undefined || more.length > 0 || !(bits >= 8 && bits <= 28)) return undefined;
  return base % sizeOf({ bits }) === 0 ? { base, bits } : undefined;
}

export const formatSubnet = ({ base, bits }: Subnet) => `${formatAddress(base)}/${bits}`;

/** How many addresses it has. */
export const sizeOf = ({ bits }: Pick<Subnet, "bits">) => 2 ** (32 - bits);

export const netmaskOf = ({ bits }: Pick<Subnet, "bits">) => 2 ** 32 - sizeOf({ bits });

export const broadcastOf = (subnet: Subnet) => subnet.base + sizeOf(subnet) - 1;

export const isWithin = (address: number, subnet: Subnet) => address >= subnet.base && address <= broadcastOf(subnet);

export const overlap = (a: Subnet, b: Subnet) => isWithin(a.base, b) || isWithin(b.base, a);
