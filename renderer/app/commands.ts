/** Everything that can be done, by name: what the palette lists. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { runImage, trySample } from "../features/build/run.ts";
import { useBuild } from "../features/build/session.ts";
import { openOwnWindow } from "../features/console/own-window.ts";
import { showConsole } from "../features/console/show-console.ts";
import { kernelName } from "../features/instances/state-words.ts";
import { instanceActions } from "../features/instances/use-actions.ts";
import { useImages } from "../store/images.ts";
import { useInstances } from "../store/instances.ts";
import { type Section, useView } from "../store/view.ts";
import { attempt } from "./attempt.ts";
import { keysOf } from "./shortcuts.ts";

export interface Command {
  id: string;
  group: "Commands" | "Instances" | "Images";
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
  const fixed: Omit<Command, "group">[] = [
    { id: "new", label: "Build a program…", keys: keysOf("new"), run: () => useBuild.getState().choose() },
    { id: "sample", label: "Try the sample", run: () => void trySample(client) },
    { id: "instances", label: "Go to Instances", keys: keysOf("instances"), run: show("instances") },
    { id: "consoles", label: "Go to Consoles", run: show("consoles") },
    { id: "images", label: "Go to Images", keys: keysOf("images"), run: show("images") },
    { id: "networks", label: "Go to Networks", run: show("networks") },
    { id: "tasks", label: "Go to Tasks", run: show("tasks") },
    { id: "doctor", label: "Go to Doctor", keys: keysOf("doctor"), run: show("doctor") },
    { id: "settings", label: "Go to Settings", keys: keysOf("settings"), run: show("settings") },
    { id: "theme-light", label: "Light appearance", run: theme("light") },
    { id: "theme-dark", label: "Dark appearance", run: theme("dark") },
    { id: "theme-system", label: "Appearance as the system has it", run: theme("system") },
    { id: "shortcuts", label: "Keyboard shortcuts", keys: keysOf("shortcuts"), run: openShortcuts },
  ];
  return [
    ...fixed.map((command): Command => ({ ...command, group: "Commands" })),
    ...instanceCommands(client),
    ...imageCommands(client),
  ];
}

function instanceCommands(client: UnideckClient): Command[] {
  const { all } = useInstances.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((instance): Command[] => {
    const { id, name, image, state } = instance;
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
        label: `Open the console of ${name} in a window of its own`,
        note: image,
        run: () => openOwnWindow(id),
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

function imageCommands(client: UnideckClient): Command[] {
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
        label: `Run ${image.name}`,
        note,
        run: () => void runImage(client, image),
      },
    ];
  });
}
