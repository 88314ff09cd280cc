/** A forward by its address on the host: a link where something in the guest may answer it. */

import type { MouseEvent } from "react";
import { toast } from "sonner";
import type { PortForward } from "../../shared/contract/instances.ts";
import { attempt } from "../platform/attempt.ts";
import { copyText } from "../platform/clipboard.ts";

/** `http://localhost:8080`. */
export function addressOf({ hostAddress, host }: PortForward): string {
  return `http://${hostOf(hostAddress)}:${host}`;
}

const hostOf = (address: string) => (address === "127.0.0.1" || address === "0.0.0.0" ? "localhost" : address);

/** A forward in few letters, in a list: a click opens it, a right click copies its address. The keyboard has it in the tabs. */
export function PortLink({ port }: { port: PortForward }) {
  const address = port.protocol === "udp" ? `${hostOf(port.hostAddress)}:${port.host}` : addressOf(port);
  const copy = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    void attempt(() => copyText(address)).then((done) => done && toast.success(`Copied ${address}`));
  };
  const words = `:${port.host}`;
  if (port.protocol === "udp")
    return (
      <button type="button" tabIndex={-1} title={`Copy ${address} (UDP)`} onClick={copy} onContextMenu={copy}>
        {words}
      </button>
    );
  return (
    <a
      href={address}
      target="_blank"
      rel="noopener noreferrer"
      tabIndex={-1}
      title={`Open ${address}; right click copies it`}
      // The row that it stands in is not meant.
      onClick={(event) => event.stopPropagation()}
      onContextMenu={copy}
      className="hover:text-accent hover:underline"
    >
      {words}
    </a>
  );
}

export function PortAddress({ port, alive }: { port: PortForward; alive: boolean }) {
  if (port.host === 0) return <>any free port port</>;
  if (!alive || port.protocol === "udp") return <>{`${hostOf(port.hostAddress)}:${port.host}`}</>;
  return (
    <a href={addressOf(port)} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
      {addressOf(port)}
    </a>
  );
}
