/** The list of instances. */

import { Fragment } from "react";
import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { PortLink } from "../../frame/port-address.tsx";
import { useBuild } from "../../model/draft/session.ts";
import { useInstances } from "../../model/instances.ts";
import { hasCrashed, kernelName, stateWords } from "../../model/state-words.ts";
import { askDelete, instanceActions, toggleInstance } from "../../model/use-actions.ts";
import { useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { useNow } from "../../ui/clock.ts";
import { formatAgo } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { StateDot } from "../../ui/state-mark.tsx";

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
      empty="No instances Drop a Linux program on the window."
      add={{ label: "New instance", run: () => useBuild.getState().choose() }}
      keyOf={({ id }) => id}
      textOf={({ name, image, state }) => `${name} ${image} ${state}`}
      selected={selected}
      onSelect={({ id }) => selectInstance(id)}
      onOpen={({ id }) => openInstance(id)}
      onDelete={askDelete}
      onToggle={(instance) => toggleInstance(client, instance)}
      actionsOf={(instance) => instanceActions(client, instance)}
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
        below={instance.damage?.folder ?? `${instance.image} · ${kernelName(instance.kernel)}`}
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
