/** A forward by its address on this machine: a link where something in the guest may answer it. */

import type { PortForward } from "../../../shared/contract/instances.ts";

/** `http://localhost:8080`. */
export function addressOf({ hostAddress, host }: PortForward): string {
  return `http://${hostOf(hostAddress)}:${host}`;
}

const hostOf = (address: string) => (address === "127.0.0.1" || address === "0.0.0.0" ? "localhost" : address);

export function PortAddress({ port, alive }: { port: PortForward; alive: boolean }) {
  if (port.host === 0) return <>any free port</>;
  if (!alive || port.protocol === "udp") return <>{`${hostOf(port.hostAddress)}:${port.host}`}</>;
  return (
    <a href={addressOf(port)} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
      {addressOf(port)}
    </a>
  );
}
