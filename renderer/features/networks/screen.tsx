/** The Networks screen: the list, the map, and what is known about the chosen network. Loaded when it is first looked at. */

import { Cable, Laptop, Map as MapIcon, Network as NetworkIcon, Trash2 } from "lucide-react";
import type { Bridge } from "../../../shared/contract/bridges.ts";
import type { Network } from "../../../shared/contract/networks.ts";
import { DetailHead } from "../../frame/detail-head.tsx";
import { ListAndDetail } from "../../frame/list-and-detail.tsx";
import { bridgeKey, bridgeOfKey, membersOf, stateWords, uplinkWords } from "../../model/bridge-words.ts";
import { useBridges } from "../../model/bridges.ts";
import { useInstances } from "../../model/instances.ts";
import { useNetworks } from "../../model/networks.ts";
import { useTrafficStream } from "../../model/traffic.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { count } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { Chip } from "../../ui/state-mark.tsx";
import { BridgeDetail } from "./bridge-detail.tsx";
import { BridgeSheet } from "./bridge-sheet.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import NetworkMap from "./map.tsx";
import { Members } from "./members.tsx";
import { ask, stopAsking, useNetworkQuestion } from "./questions.ts";

export default function NetworksScreen() {
  const client = useClient();
  const networks = useNetworks(({ all }) => all);
  const loaded = useNetworks((slice) => slice.loaded);
  const selected = useView(({ network }) => network);
  const asked = useNetworkQuestion((slice) => (slice.asked?.about === "deleting" ? slice.asked.network : undefined));
  const askDelete = (network: Network) => ask({ about: "deleting", network });
  const { selectNetwork, openNetwork } = useView.getState();
  useTrafficStream();
  const bridges = useBridges(({ all }) => all);
  const network = networks.find(({ name }) => name === selected);
  const bridge = bridges.find(({ name }) => name === bridgeOfKey(selected));
  const items: readonly Listed[] = [...networks, ...bridges];
  return (
    <>
      <ListAndDetail
        list={
          <SearchableList
            title="Networks"
            items={items}
            loading={!loaded}
            empty="No networks. In a private network instances find each other by name; on a bridge they are part of your LAN."
            tools={
              <IconButton icon={MapIcon} label="Map" className="wide:hidden" onClick={() => openNetwork(undefined)} />
            }
            add={{ label: "New network", run: () => ask({ about: "creating" }) }}
            keyOf={keyOf}
            textOf={textOf}
            selected={bridge ? bridgeKey(bridge.name) : network?.name}
            onSelect={(one) => selectNetwork(keyOf(one))}
            onOpen={(one) => openNetwork(keyOf(one))}
            onDelete={(one) => (isBridge(one) ? openNetwork(keyOf(one)) : askDelete(one))}
            actionsOf={(one) => [
              { label: "Open", run: () => openNetwork(keyOf(one)) },
              ...(isBridge(one) ? [] : [{ label: "Delete…", keys: "Del", run: () => askDelete(one), bad: true }]),
            ]}
            row={(one) => (isBridge(one) ? <BridgeRow bridge={one} /> : <Row network={one} />)}
          />
        }
        detail={
          bridge ? (
            <BridgeDetail key={bridge.name} bridge={bridge} />
          ) : (
            <Detail network={network} onDelete={() => network && askDelete(network)} />
          )
        }
      />
      <BridgeSheet />
      <CreateDialog />
      <Confirm
        open={asked !== undefined}
        title={`Delete the network ${asked?.name ?? ""}?`}
        action="Delete"
        onClose={stopAsking}
        onConfirm={() => asked && void attempt(() => client.networks.remove({ name: asked.name, force: true }))}
      >
        <p>Its members can no longer reach each other. Running instances keep running.</p>
      </Confirm>
    </>
  );
}

type Listed = Network | Bridge;

const isBridge = (one: Listed): one is Bridge => "taps" in one;
const keyOf = (one: Listed) => (isBridge(one) ? bridgeKey(one.name) : one.name);

function textOf(one: Listed): string {
  if (isBridge(one)) return [one.name, "bridge", one.uplink, ...one.addresses].join(" ");
  return `${one.name} ${one.subnet} ${one.members.map(({ name }) => name).join(" ")}`;
}

function BridgeRow({ bridge }: { bridge: Bridge }) {
  const members = useInstances(({ all }) => membersOf(bridge.name, all).length);
  return (
    <>
      <Cable aria-hidden className="size-4 justify-self-center text-fg-3" strokeWidth={1.6} />
      <RowText
        title={bridge.name}
        below={`Bridge ${uplinkWords(bridge)}`}
        right={count(members, "member")}
        rightBelow={stateWords[bridge.state].words}
      />
    </>
  );
}

function Row({ network: { name, subnet, wayOut, running, members } }: { network: Network }) {
  return (
    <>
      <NetworkIcon aria-hidden className="size-4 justify-self-center text-fg-3" strokeWidth={1.6} />
      <RowText
        title={name}
        below={subnet}
        right={count(members.length, "member")}
        rightBelow={running ? (wayOut ? "running" : "running, internal") : "at rest"}
      />
    </>
  );
}

function Detail({ network, onDelete }: { network: Network | undefined; onDelete: () => void }) {
  const { selectNetwork } = useView.getState();
  return (
    <section aria-label={network ? `Network ${network.name}` : "All networks"} className="flex min-h-0 flex-1 flex-col">
      {network ? (
        <DetailHead
          title={network.name}
          state={<Chip tone={network.running ? "ok" : "off"}>{network.running ? "running" : "at rest"}</Chip>}
          facts={`${network.subnet}, names at ${network.address}, ${network.wayOut ? "with outbound access" : "internal"}`}
        >
          <Button icon={Laptop} onClick={() => selectNetwork(undefined)}>
            Whole map
          </Button>
          <IconButton icon={Trash2} label={`Delete ${network.name}`} onClick={onDelete} />
        </DetailHead>
      ) : (
        <DetailHead title="Map" />
      )}
      <div className="min-h-0 flex-1">
        <NetworkMap />
      </div>
      {network && <Members network={network} />}
    </section>
  );
}
