/** Everything that can be done, by name: what the palette lists. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { ask, firstBridge, type NetworkQuestion } from "../features/networks/questions.ts";
import { bridgeKey, stateWords } from "../model/bridge-words.ts";
import { useBridges } from "../model/bridges.ts";
import { checkMachine } from "../model/check-machine.ts";
import { openOwnWindow } from "../model/console/own-window.ts";
import { showConsole } from "../model/console/show-console.ts";
import { trySample } from "../model/draft/run.ts";
import { useRun } from "../model/draft/run-session.ts";
import { useBuild } from "../model/draft/session.ts";
import { useEngine } from "../model/engine.ts";
import { useImages } from "../model/images.ts";
import { useInstances } from "../model/instances.ts";
import { useNetworks } from "../model/networks.ts";
import { kernelName } from "../model/state-words.ts";
import { instanceActions } from "../model/use-actions.ts";
import { type Section, useView } from "../model/view.ts";
import { attempt } from "../platform/attempt.ts";
import { keysOf } from "../platform/shortcuts.ts";

export interface Command {
  id: string;
  group: "Commands" | "Instances" | "Images" | "Networks";
  /** What it does, in words that are searched. */
  label: string;
  /** Said beside it. */
  note?: string;
  keys?: string;
  run: () => void;
}

/** Objects beyond these are found in their own lists, which have a search of their own. */
const MOST_OBJECTS = 200;

export function commands(client: UnideckClient, openShortcuts: () => void): Command[] {
  const show = (section: Section) => () => useView.getState().show(section);
  const theme = (name: "system" | "light" | "dark") => () =>
    void attempt(() => client.settings.change({ appearance: { theme: name } }));
  const { engine } = useEngine.getState();
  const fixed: Omit<Command, "group">[] = [
    { id: "new", label: "Build a program…", keys: keysOf("new"), run: () => useBuild.getState().choose() },
    { id: "sample", label: "Try the sample", run: () => void trySample(client) },
    { id: "instances", label: "Go to Instances", keys: keysOf("instances"), run: show("instances") },
    { id: "consoles", label: "Go to Consoles", run: show("consoles") },
    { id: "images", label: "Go to Images", keys: keysOf("images"), run: show("images") },
    { id: "networks", label: "Go to Networks", keys: keysOf("networks"), run: show("networks") },
    { id: "tasks", label: "Go to Tasks", run: show("tasks") },
    { id: "doctor", label: "Go to Doctor", keys: keysOf("doctor"), run: show("doctor") },
    { id: "settings", label: "Go to Settings", keys: keysOf("settings"), run: show("settings") },
    { id: "theme-light", label: "Light appearance", run: theme("light") },
    { id: "theme-dark", label: "Dark appearance", run: theme("dark") },
    { id: "theme-system", label: "System appearance", run: theme("system") },
    { id: "network", label: "New private network…", run: askInNetworks({ about: "creating" }) },
    ...(engine?.platform.startsWith("linux") ? bridgeSetUp(client) : []),
    { id: "shortcuts", label: "Keyboard shortcuts", keys: keysOf("shortcuts"), run: openShortcuts },
  ];
  return [
    ...fixed.map((command): Command => ({ ...command, group: "Commands" })),
    ...instanceCommands(client),
    ...imageCommands(),
    ...networkCommands(),
    ...bridgeCommands(client),
  ];
}

/** Asks on the Networks screen, of the network that is named where one is. */
const askInNetworks = (question: NetworkQuestion, network?: string) => () => {
  const view = useView.getState();
  if (network === undefined) view.show("networks");
  else view.openNetwork(network);
  ask(question);
};

function bridgeSetUp(client: UnideckClient): Omit<Command, "group">[] {
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

function instanceCommands(client: UnideckClient): Command[] {
  const { all } = useInstances.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((instance): Command[] => {
    const { id, name, image, state, capture } = instance;
    return [
      {
        id: `instance ${id}`,
        group: "Instances",
        label: `Open ${name}`,
        note: `${image} · ${state}`,
        run: () => showConsole(client, instance),
      },
      {
        id: `instance ${id} window`,
        group: "Instances",
        label: `Open the console of ${name} in a new window`,
        note: image,
        run: () => openOwnWindow(id),
      },
      {
        id: `instance ${id} capture`,
        group: "Instances",
        label: capture.on ? `End the capture of ${name}'s packets` : `Capture ${name}'s packets`,
        note: image,
        run: () => {
          useView.getState().openInstance(id, "network");
          void attempt(() => client.captures.set({ id, on: !capture.on }));
        },
      },
      ...instanceActions(client, instance).map(
        (action): Command => ({
          id: `instance ${id} ${action.id}`,
          group: "Instances",
          label: action.about(name),
          note: image,
          run: action.run,
        }),
      ),
    ];
  });
}

function imageCommands(): Command[] {
  const { all } = useImages.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((image): Command[] => {
    const note = kernelName(image.kernel);
    return [
      {
        id: `image ${image.name}`,
        group: "Images",
        label: `Open image ${image.name}`,
        note,
        run: () => useView.getState().openImage(image.name),
      },
      {
        id: `image ${image.name} run`,
        group: "Images",
        label: `Run ${image.name}…`,
        note,
        run: () => useRun.getState().ask(image),
      },
    ];
  });
}

function networkCommands(): Command[] {
  const { all } = useNetworks.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((network): Command[] => {
    const { name, subnet: note } = network;
    return [
      {
        id: `network ${name}`,
        group: "Networks",
        label: `Open network ${name}`,
        note,
        run: () => useView.getState().openNetwork(name),
      },
      {
        id: `network ${name} delete`,
        group: "Networks",
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
      group: "Networks",
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
