/** The interfaces of a guest, as its kernel tells of them: addresses, and what goes through at this moment. */

import type { Instance } from "../../../shared/contract/instances.ts";
import type { InterfaceTraffic } from "../../../shared/contract/networks.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { bridgeKey } from "../../model/bridge-words.ts";
import { addressAt, bridgeOf, byName, wayOutInterface } from "../../model/interface-names.ts";
import { useNetworks } from "../../model/networks.ts";
import { formatRate, interfaceKey, useTraffic, useTrafficStream } from "../../model/traffic.ts";
import { useView } from "../../model/view.ts";
import { formatBytes } from "../../ui/format.ts";
import { cardWords, USER_CARD } from "./card-words.ts";
import { Part } from "./part.tsx";

export function Interfaces({ instance }: { instance: Instance }) {
  const { id, addresses, listening } = instance;
  const counted = useTraffic(({ latest }) => latest?.machines.find((machine) => machine.instance === id)?.interfaces);
  const names = [...new Set([...addresses.map((one) => one.interface), ...(counted ?? []).map(({ name }) => name)])];
  const forwarded = (port: number) => instance.ports.some(({ guest }) => guest === port);
  const others = listening.filter(({ port }) => !forwarded(port));
  return (
    <Part title="Interfaces">
      {isAlive(instance) && <Listen instance={id} />}
      {names.length === 0 && (
        <p className="text-fg-3">
          {isAlive(instance) ? "The guest has not reported an address." : "Not running: no addresses"}
        </p>
      )}
      <ul aria-label="Interfaces" className="flex flex-col divide-y divide-line">
        {names.toSorted(byName).map((name) => (
          <Row
            key={name}
            instance={id}
            bridge={bridgeOf(name, instance)}
            leadsOut={name === wayOutInterface(instance)}
            name={name}
            address={addressAt(name, instance)}
            counts={counted?.find((one) => one.name === name)}
          />
        ))}
      </ul>
      {others.length > 0 && (
        <p className="text-fg-3 text-s">
          Not published:{" "}
          {others
            .map(({ protocol, port, loopback }) => `${port}/${protocol}${loopback ? " (127.0.0.1 only)" : ""}`)
            .join(", ")}
          .
        </p>
      )}
    </Part>
  );
}

/** What goes through is told for as long as somebody looks. */
function Listen({ instance }: { instance: string }) {
  useTrafficStream(instance);
  return null;
}

interface RowProps {
  instance: string;
  /** That it is plugged into. */
  bridge: string | undefined;
  /** To where this machine can go. */
  leadsOut: boolean;
  name: string;
  address: string | undefined;
  counts: InterfaceTraffic | undefined;
}

function Row({ instance, bridge, leadsOut, name, address, counts }: RowProps) {
  const rate = useTraffic(({ rates }) => rates[interfaceKey(instance, name)]);
  const network = useNetworks(({ all }) =>
    all.find(({ members }) => members.some((one) => one.instance === instance && one.address === address)),
  );
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-0.5 py-1">
      <code className="w-10 text-fg-2 text-s">{name}</code>
      <code className="w-30 select-text text-s">{address ?? "no address"}</code>
      {network && <NetworkLink title={network.name} network={network.name} />}
      {!network && bridge && <NetworkLink title={bridge} network={bridgeKey(bridge)} />}
      {!network && leadsOut && <span className="text-fg-3">{cardWords(USER_CARD)}</span>}
      {counts && (
        <span className="ml-auto flex text-right text-fg-3 text-s tabular-nums">
          <span className="text-fg-2">{rate ? formatRate(rate) || "no traffic" : ""}</span>
          <span className="min-w-48">
            {formatBytes(counts.sentBytes)} sent, {formatBytes(counts.receivedBytes)} received
          </span>
        </span>
      )}
    </li>
  );
}

function NetworkLink({ title, network }: { title: string; network: string }) {
  return (
    <button
      type="button"
      className="truncate text-accent hover:underline"
      onClick={() => useView.getState().openNetwork(network)}
    >
      {title}
    </button>
  );
}
