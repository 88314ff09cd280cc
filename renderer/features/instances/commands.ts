/** What can be done with instances, for the palette. */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import { type Command, MOST_OBJECTS } from "../../frame/screen.ts";
import { openOwnWindow } from "../../model/console/own-window.ts";
import { showConsole } from "../../model/console/show-console.ts";
import { useInstances } from "../../model/instances.ts";
import { instanceActions } from "../../model/use-actions.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";

export function instanceCommands(client: UnideckClient): Command[] {
  const { all } = useInstances.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((instance): Command[] => {
    const { id, name, image, state, capture } = instance;
    return [
      {
        id: `instance ${id}`,
        label: `Open ${name}`,
        note: `${image} · ${state}`,
        run: () => showConsole(client, instance),
      },
      {
        id: `instance ${id} window`,
        label: `Open the console of ${name} in a new window`,
        note: image,
        run: () => openOwnWindow(id),
      },
      {
        id: `instance ${id} capture`,
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
          label: action.about(name),
          note: image,
          run: action.run,
        }),
      ),
    ];
  });
}
