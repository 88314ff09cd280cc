/** Port forwards as people type them: `8080`, `8080:80`, `5353:53/udp`, `0:80` for any free host port. Pure. */

import type { PortForward } from "../../../shared/contract/instances.ts";

export type Ports = { ports: PortForward[] } | { error: string };

const inRange = (port: number, least: number) => port >= least && port <= 65535;

export function parsePorts(text: string): Ports {
  const ports: PortForward[] = [];
  for (const item of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const match = /^(?:(\d{1,5})[:→-])?(\d{1,5})(?:\/(tcp|udp))?$/i.exec(item);
    const guest = Number(match?.[2]);
    const host = Number(match?.[1] ?? match?.[2]);
    if (!match || !inRange(guest, 1) || !inRange(host, 0)) {
      return { error: `“${item}” is no port: write 8080, 8080:80 or 5353:53/udp, each from 1 to 65535.` };
    }
    const protocol = match[3]?.toLowerCase() === "udp" ? "udp" : "tcp";
    if (host > 0 && ports.some((other) => other.host === host && other.protocol === protocol)) {
      return { error: `Port ${host} of the host is named twice.` };
    }
    ports.push({ hostAddress: "127.0.0.1", host, guest, protocol });
  }
  return { ports };
}

export function formatPorts(ports: readonly Pick<PortForward, "host" | "guest" | "protocol">[]): string {
  return ports
    .map(
      ({ host, guest, protocol }) =>
        `${host === guest ? guest : `${host}:${guest}`}${protocol === "udp" ? "/udp" : ""}`,
    )
    .join(" ");
}
