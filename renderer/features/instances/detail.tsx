/** One instance: its head with state and actions, and its tabs. */

import { Pause, Play, RotateCcw, Square, StepForward } from "lucide-react";
import type { Instance } from "../../../shared/contract/instances.ts";
import { DetailHead } from "../../frame/detail-head.tsx";
import type { InstancePanes } from "../../frame/panes.ts";
import { useInstances } from "../../model/instances.ts";
import { stateDetail, stateWords } from "../../model/state-words.ts";
import { instanceActions } from "../../model/use-actions.ts";
import { type InstanceTab, useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { MoreMenu } from "../../ui/menu.tsx";
import { Facts, Nothing } from "../../ui/pane.tsx";
import { StateChip } from "../../ui/state-mark.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { FilesTab } from "./files-tab.tsx";
import { LogPane } from "./log-pane.tsx";
import { Overview } from "./overview.tsx";

export function InstanceDetail({ panes }: { panes: InstancePanes }) {
  const id = useView(({ instance }) => instance);
  const instance = useInstances(({ byKey }) => (id === undefined ? undefined : byKey[id]));
  const tab = useView(({ instanceTab }) => instanceTab);
  const { setInstanceTab } = useView.getState();
  if (!instance) return <Nothing>Select an instance</Nothing>;
  return (
    <section aria-label={`Instance ${instance.name}`} className="flex min-h-0 flex-1 flex-col">
      <Head instance={instance} />
      {instance.damage ? (
        <Damage name={instance.name} damage={instance.damage} />
      ) : (
        <Tabs<InstanceTab>
          label={`Views of ${instance.name}`}
          value={tab}
          onChange={setInstanceTab}
          tabs={[
            { id: "overview", title: "Overview", content: <Overview instance={instance} /> },
            { id: "console", title: "Console", content: <panes.Console key={instance.id} instance={instance} /> },
            {
              id: "files",
              title: "Files",
              content: <FilesTab key={instance.id} instance={instance} Files={panes.Files} />,
            },
            { id: "network", title: "Network", content: <panes.Network key={instance.id} instance={instance} /> },
            { id: "trace", title: "Trace", content: <panes.Trace key={instance.id} instance={instance} /> },
            { id: "log", title: "Log", content: <LogPane key={instance.id} instance={instance} /> },
          ]}
        />
      )}
    </section>
  );
}

function Damage({ name, damage: { folder, reason } }: { name: string; damage: NonNullable<Instance["damage"]> }) {
  return (
    <div className="flex max-w-[640px] flex-col gap-3 px-6 py-5">
      <p>{name} cannot be opened. Delete it, or repair its folder and restart Unideck.</p>
      <Facts
        facts={[
          ["Reason", reason],
          [
            "Folder",
            <code key="folder" className="break-all">
              {folder}
            </code>,
          ],
        ]}
      />
    </div>
  );
}

function Head({ instance }: { instance: Instance }) {
  const client = useClient();
  const now = useNow();
  const { tone, word } = stateWords(instance, now);
  const actions = instanceActions(client, instance);
  const start = actions.find(({ id }) => id === "start");
  const stop = actions.find(({ id }) => id === "stop");
  const kill = actions.find(({ id }) => id === "kill");
  const restart = actions.find(({ id }) => id === "restart");
  const motion = actions.find(({ id }) => id === "pause" || id === "resume");
  return (
    <DetailHead
      title={instance.name}
      state={
        <span role="status" aria-label="State" className="inline-flex">
          <StateChip tone={tone}>{word}</StateChip>
        </span>
      }
      facts={stateDetail(instance, now)}
    >
      {restart && <IconButton icon={RotateCcw} label="Restart" onClick={restart.run} />}
      {motion && (
        <IconButton icon={motion.id === "pause" ? Pause : StepForward} label={motion.label} onClick={motion.run} />
      )}
      {start && (
        <Button look="main" icon={Play} onClick={start.run}>
          {start.label}
        </Button>
      )}
      {stop && (
        <Button icon={Square} onClick={stop.run}>
          Stop
        </Button>
      )}
      {!stop && kill && (
        <Button look="bad" icon={Square} onClick={kill.run}>
          Kill
        </Button>
      )}
      <MoreMenu label={`More actions for ${instance.name}`} actions={actions} />
    </DetailHead>
  );
}
