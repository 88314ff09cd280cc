/**
 * Port forwards as people type them: `8080`, `8080:80`, `5353:53/udp`, `0:80` for any free port host port, `0.0.0.0:8080:80` for
 * everybody who can reach this machine. Pure.
 */

import { PortForward } from "../../../shared/contract/instances.ts";

export type Ports = { ports: PortForward[] } | { error: string };

/** Where nobody but this machine comes in. */
const OURS = "127.0.0.1";
const pattern = /^(?:(\d+(?:\.\d+){3}):)?(?:(\d{1,5})[:→-])?(\d{1,5})(?:\/(tcp|udp))?$/i;

export function parsePorts(text: string): Ports {
  const ports: PortForward[] = [];
  for (const item of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const [, address = OURS, from, to = "", kind] = pattern.exec(item) ?? [];
    const forward = PortForward.safeParse({
      hostAddress: address,
      host: Number(from ?? to),
      guest: Number(to),
      protocol: kind?.toLowerCase(),
    }).data;
    if (!forward || to === "")
      return { error: `“${item}” is not a port. Use 8080, 8080:80, 5353:53/udp or 0.0.0.0:8080:80, up to 65535.` };
    const { host, protocol, hostAddress } = forward;
    const isSame = (other: PortForward) =>
      other.host === host && other.protocol === protocol && other.hostAddress === hostAddress;
    if (host > 0 && ports.some(isSame)) return { error: `Port ${host} of the host is given twice.` };
    ports.push(forward);
  }
  return { ports };
}

type Written = Pick<PortForward, "host" | "guest" | "protocol"> & { hostAddress?: string };

export function formatPorts(ports: readonly Written[]): string {
  return ports
    .map(({ hostAddress = OURS, host, guest, protocol }) => {
      const address = hostAddress === OURS ? "" : `${hostAddress}:`;
      const both = host === guest ? guest : `${host}:${guest}`;
      return `${address}${both}${protocol === "udp" ? "/udp" : ""}`;
    })
    .join(" ");
}

/** Host ports below this one need rights that few have. */
const FIRST_FREE_FOR_ALL = 1024;

/** The host port that a guest port is published on where nobody has chosen: the same, or 8080 for 80. */
export const hostPortFor = (guest: number) => (guest < FIRST_FREE_FOR_ALL ? guest + 8000 : guest);

/** The text of forwards for these guest ports. */
export const portsFor = (guestPorts: readonly number[]) =>
  formatPorts(guestPorts.map((guest) => ({ host: hostPortFor(guest), guest, protocol: "tcp" })));
