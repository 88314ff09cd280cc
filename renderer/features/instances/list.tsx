/** The list of instances. */

import { Fragment } from "react";
import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { useClient } from "../../app/client.tsx";
import { useInstances } from "../../store/instances.ts";
import { useView } from "../../store/view.ts";
import { useNow } from "../../ui/clock.ts";
import { formatAgo } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { StateDot } from "../../ui/state-mark.tsx";
import { useBuild } from "../build/session.ts";
import { PortLink } from "../network/port-address.tsx";
import { hasCrashed, kernelName, stateWords } from "./state-words.ts";
import { askDelete, toggleInstance } from "./use-actions.ts";

export function InstanceList() {
  const client = useClient();
  const instances = useInstances(({ all }) => all);
  const loaded = useInstances(({ loaded }) => loaded);
  const selected = useView(({ instance }) => instance);
  const { selectInstance, openInstance } = useView.getState();
  return (
    <SearchableList
      title="Instances"
      items={instances}
      loading={!loaded}
      empty="No instance yet. Drop a Linux program on the window."
      add={{ label: "New instance", run: () => useBuild.getState().choose() }}
      keyOf={({ id }) => id}
      textOf={({ name, image, state }) => `${name} ${image} ${state}`}
      selected={selected}
      onSelect={({ id }) => selectInstance(id)}
      onOpen={({ id }) => openInstance(id)}
      onDelete={askDelete}
      onToggle={(instance) => toggleInstance(client, instance)}
      row={(instance) => <Row instance={instance} />}
    />
  );
}

const PortLinks = ({ ports }: { ports: readonly PortForward[] }) => (
  <b className="font-semibold">
    {ports.map((port) => (
      <Fragment key={`${port.protocol} ${port.hostAddress}:${port.host}`}>
        <PortLink port={port} />{" "}
      </Fragment>
    ))}
  </b>
);

function Row({ instance }: { instance: Instance }) {
  const now = useNow();
  const { tone, word } = stateWords(instance, now);
  const ports = instance.ports.filter(({ host }) => host > 0);
  const { ended } = instance.times;
  const alive = isAlive(instance);
  const end = hasCrashed(instance) ? (instance.exit?.signal ?? "kernel crash") : word;
  const portsOrNothing = ports.length > 0 ? <PortLinks ports={ports} /> : " ";
  return (
    <>
      <StateDot tone={tone} />
      <RowText
        title={instance.name}
        below={`${instance.image} · ${kernelName(instance.kernel)}`}
        right={alive ? portsOrNothing : end}
        rightBelow={
          alive ? (
            word
          ) : (
            <>
              {end !== word && <span className="sr-only">{word} </span>}
              {ended === undefined ? " " : formatAgo(ended, now)}
            </>
          )
        }
      />
    </>
  );
}
