/** A bridge: its state with what can be done about it, the map, and who is on it. */

import { Laptop, Trash2 } from "lucide-react";
import type { Bridge } from "../../../shared/contract/bridges.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { DetailHead } from "../../frame/detail-head.tsx";
import { membersOf, secondsLeft, stateWords, uplinkWords } from "../../model/bridge-words.ts";
import { useInstances } from "../../model/instances.ts";
import { addressOn, isOnBridge } from "../../model/interface-names.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { StateChip } from "../../ui/state-mark.tsx";
import NetworkMap from "./map.tsx";
import { MemberList } from "./member-list.tsx";
import { ask, stopAsking, useNetworkQuestion } from "./questions.ts";

export function BridgeDetail({ bridge }: { bridge: Bridge }) {
  const { selectNetwork } = useView.getState();
  const isAsked = useNetworkQuestion(({ asked }) => asked?.about === "undoing" && asked.bridge === bridge.name);
  const client = useClient();
  const { words, tone } = stateWords[bridge.state];
  const isGone = bridge.state === "absent";
  const undo = () => void attempt(() => client.bridges.undo({ name: bridge.name, force: true }));
  return (
    <section aria-label={`Bridge ${bridge.name}`} className="flex min-h-0 flex-1 flex-col">
      <DetailHead
        title={bridge.name}
        state={<StateChip tone={tone}>{words}</StateChip>}
        facts={[`Bridge ${uplinkWords(bridge)}`, ...bridge.addresses].join(", ")}
      >
        <Button icon={Laptop} onClick={() => selectNetwork(undefined)}>
          Whole map
        </Button>
        {bridge.state !== "foreign" && (
          <IconButton
            icon={Trash2}
            label={isGone ? `Forget ${bridge.name}` : `Undo ${bridge.name}`}
            onClick={() => (isGone ? undo() : ask({ about: "undoing", bridge: bridge.name }))}
          />
        )}
      </DetailHead>
      <Notice bridge={bridge} />
      <div className="min-h-0 flex-1">
        <NetworkMap />
      </div>
      <BridgeMembers bridge={bridge} />
      <Confirm
        open={isAsked}
        title={`Undo the bridge ${bridge.name}?`}
        action="Undo it"
        onClose={stopAsking}
        onConfirm={undo}
      >
        <p>
          {bridge.uplink && `Addresses and routes return to ${bridge.uplink}. `}
          Instances on it lose that network. Running instances keep running.
        </p>
      </Confirm>
    </section>
  );
}

/** What has to be done about it. */
function Notice({ bridge }: { bridge: Bridge }) {
  const { state, wish, said } = bridge;
  if (state === "waiting") return <Countdown bridge={bridge} />;
  if (state === "absent" && wish)
    return (
      <div className="p-3 pb-0">
        <Note
          tone="plain"
          title="It is not set up"
          action={<Button onClick={() => ask({ about: "planning", wish })}>Set it up…</Button>}
        >
          <p>It was not confirmed, or the host was restarted.</p>
        </Note>
      </div>
    );
  if (state !== "failed") return null;
  return (
    <div className="p-3 pb-0">
      <Note tone="bad" title="Some changes could not be undone">
        <pre className="whitespace-pre-wrap text-xs wrap-anywhere">{said}</pre>
      </Note>
    </div>
  );
}

/** The watchdog's time, and the answer to it. */
function Countdown({ bridge }: { bridge: Bridge }) {
  const client = useClient();
  const left = secondsLeft(bridge, useNow());
  const { name } = bridge;
  return (
    <div className="p-3 pb-0">
      <Note
        tone="busy"
        title={<span className="tabular-nums">Undone in {left} s unless you keep it</span>}
        action={
          <>
            <Button onClick={() => void attempt(() => client.bridges.undo({ name, force: true }))}>Undo now</Button>
            <Button look="main" onClick={() => void attempt(() => client.bridges.confirm({ name }))}>
              Keep it
            </Button>
          </>
        }
      >
        <p>Check that your network still works, then keep the change. Instances can join after that.</p>
      </Note>
    </div>
  );
}

function BridgeMembers({ bridge: { name } }: { bridge: Bridge }) {
  const client = useClient();
  const instances = useInstances(({ all }) => all);
  const set = ({ id }: Instance, bridges: Instance["bridges"]) =>
    void attempt(() => client.instances.setBridges({ id, bridges }));
  const members = membersOf(name, instances);
  return (
    <MemberList
      network={name}
      members={members.map((one) => ({ id: one.id, title: one.name, facts: addressOn(name, one) }))}
      others={instances.filter((one) => !members.includes(one))}
      onTakeOut={(id) => {
        const instance = members.find((one) => one.id === id);
        if (instance)
          set(
            instance,
            instance.bridges.filter((one) => !isOnBridge(one, name)),
          );
      }}
      onAdd={(id) => {
        const instance = instances.find((one) => one.id === id);
        if (instance) set(instance, [...instance.bridges, { kind: "bridge", bridge: name }]);
      }}
    />
  );
}
