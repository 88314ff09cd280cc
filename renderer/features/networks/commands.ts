/** What can be done with networks and bridges, for the palette. */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import { type Command, MOST_OBJECTS } from "../../frame/screen.ts";
import { bridgeKey, stateWords } from "../../model/bridge-words.ts";
import { useBridges } from "../../model/bridges.ts";
import { checkMachine } from "../../model/check-machine.ts";
import { useEngine } from "../../model/engine.ts";
import { useNetworks } from "../../model/networks.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";
import { ask, firstBridge, type NetworkQuestion } from "./questions.ts";

export function newNetworkCommands(client: UnideckClient): Command[] {
  const { engine } = useEngine.getState();
  return [
    { id: "network", label: "New private network…", run: askInNetworks({ about: "creating" }) },
    ...(engine?.platform.startsWith("linux") ? bridgeSetUp(client) : []),
  ];
}

export const networkObjectCommands = (client: UnideckClient) => [...networkCommands(), ...bridgeCommands(client)];

/** Asks on the Networks screen, of the network that is named where one is. */
const askInNetworks = (question: NetworkQuestion, network?: string) => () => {
  const view = useView.getState();
  if (network === undefined) view.show("networks");
  else view.openNetwork(network);
  ask(question);
};

function bridgeSetUp(client: UnideckClient): Command[] {
  return [
    {
      id: "bridge",
      label: "New bridge to the LAN…",
      run: askInNetworks({ about: "planning", wish: firstBridge }),
    },
    {
      id: "helper",
      label: "Install the network helper…",
      note: "The doctor has the command",
      run: () => {
        useView.getState().show("doctor");
        void checkMachine(client, true);
      },
    },
  ];
}

function networkCommands(): Command[] {
  const { all } = useNetworks.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((network): Command[] => {
    const { name, subnet: note } = network;
    return [
      {
        id: `network ${name}`,
        label: `Open network ${name}`,
        note,
        run: () => useView.getState().openNetwork(name),
      },
      {
        id: `network ${name} delete`,
        label: `Delete network ${name}…`,
        note,
        run: askInNetworks({ about: "deleting", network }, name),
      },
    ];
  });
}

function bridgeCommands(client: UnideckClient): Command[] {
  const { all } = useBridges.getState();
  return all.slice(0, MOST_OBJECTS).flatMap(({ name, state, wish }): Command[] => {
    const key = bridgeKey(name);
    const note = stateWords[state].words;
    const command = (id: string, label: string, run: () => void): Command => ({
      id: `bridge ${name} ${id}`,
      label,
      note,
      run,
    });
    const open = command("open", `Open bridge ${name}`, () => useView.getState().openNetwork(key));
    const keep = command("keep", `Keep bridge ${name}`, () => void attempt(() => client.bridges.confirm({ name })));
    const undo = command("undo", `Undo bridge ${name}…`, askInNetworks({ about: "undoing", bridge: name }, key));
    switch (state) {
      case "foreign":
        return [open];
      case "absent":
        if (wish === undefined) return [open];
        return [open, command("set-up", `Set up bridge ${name}…`, askInNetworks({ about: "planning", wish }, key))];
      case "waiting":
        return [open, keep, undo];
      default:
        return [open, undo];
    }
  });
}
