/** The Networks screen: the list, the map, and what is known about the chosen network. Loaded when it is first looked at. */

import { ArrowLeft, Laptop, Network as NetworkIcon, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Network } from "../../../shared/contract/networks.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useNetworks } from "../../store/networks.ts";
import { LIST_WIDTH, useView } from "../../store/view.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { count } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { PaneHead } from "../../ui/pane.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { Split } from "../../ui/split.tsx";
import { Chip } from "../../ui/state-mark.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import NetworkMap from "./map.tsx";
import { Members } from "./members.tsx";
import { useTrafficStream } from "./traffic.ts";

export default function NetworksScreen() {
  const client = useClient();
  const networks = useNetworks(({ all }) => all);
  const loaded = useNetworks((slice) => slice.loaded);
  const selected = useView(({ network }) => network);
  const listWidthPx = useView((view) => view.listWidthPx);
  const detailOpen = useView((view) => view.detailOpen);
  const [isCreating, setCreating] = useState(false);
  const [asked, ask] = useState<Network>();
  const { selectNetwork, openNetwork, setListWidth } = useView.getState();
  useTrafficStream();
  const network = networks.find(({ name }) => name === selected);
  return (
    <>
      <Split
        listWidthPx={listWidthPx}
        limits={LIST_WIDTH}
        onListWidth={setListWidth}
        detailOpen={detailOpen}
        list={
          <SearchableList
            title="Networks"
            items={networks}
            loading={!loaded}
            empty="No private network yet. In one, instances find each other by name."
            add={{ label: "New network", run: () => setCreating(true) }}
            keyOf={({ name }) => name}
            textOf={({ name, subnet, members }) => `${name} ${subnet} ${members.map((one) => one.name).join(" ")}`}
            selected={network?.name}
            onSelect={({ name }) => selectNetwork(name)}
            onOpen={({ name }) => openNetwork(name)}
            onDelete={ask}
            row={(one) => <Row network={one} />}
          />
        }
        detail={<Detail network={network} onDelete={() => ask(network)} />}
      />
      <CreateDialog open={isCreating} onClose={() => setCreating(false)} />
      <Confirm
        open={asked !== undefined}
        title={`Delete the network ${asked?.name ?? ""}?`}
        action="Delete"
        onClose={() => ask(undefined)}
        onConfirm={() => asked && void attempt(() => client.networks.remove({ name: asked.name, force: true }))}
      >
        <p>Its members no longer reach each other, from now on. They themselves run on.</p>
      </Confirm>
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
  const { closeDetail, selectNetwork } = useView.getState();
  return (
    <section aria-label={network ? `Network ${network.name}` : "All networks"} className="flex min-h-0 flex-1 flex-col">
      <PaneHead>
        <IconButton icon={ArrowLeft} label="Back to the list" className="-ml-2 wide:hidden" onClick={closeDetail} />
        <h1 className="truncate">{network?.name ?? "Map"}</h1>
        {network && <Chip tone={network.running ? "ok" : "off"}>{network.running ? "running" : "at rest"}</Chip>}
        {network && (
          <span className="min-w-0 shrink-[99] truncate text-fg-3 text-s tabular-nums">
            {network.subnet}, names at {network.address}, {network.wayOut ? "with a way out" : "internal"}
          </span>
        )}
        {network && (
          <div className="ml-auto flex shrink-0 gap-2">
            <Button icon={Laptop} onClick={() => selectNetwork(undefined)}>
              Whole map
            </Button>
            <IconButton icon={Trash2} label={`Delete ${network.name}`} onClick={onDelete} />
          </div>
        )}
      </PaneHead>
      <div className="min-h-0 flex-1">
        <NetworkMap />
      </div>
      {network && <Members network={network} />}
    </section>
  );
}
