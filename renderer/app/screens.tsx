/**
 * The window's screens, in the order of the sidebar. A new one adds its line here. No feature imports another, so those that
 * are made of several are put together here.
 */

import { DropZone } from "../features/build-sheet/drop-zone.tsx";
import { ConsolePane } from "../features/console/console-pane.tsx";
import { consoles } from "../features/console/entry.tsx";
import { doctor } from "../features/doctor/entry.tsx";
import { FilesPane } from "../features/files/files-pane.tsx";
import { images } from "../features/images/entry.tsx";
import { NetworkPane } from "../features/instance-network/network-pane.tsx";
import { instances } from "../features/instances/entry.tsx";
import { networks } from "../features/networks/entry.tsx";
import { settings } from "../features/settings/entry.tsx";
import { tasks } from "../features/tasks/entry.tsx";
import { TracePane } from "../features/trace/trace-pane.tsx";
import type { InstancePanes } from "../frame/panes.ts";
import type { Screen } from "../frame/screen.ts";
import { useView } from "../model/view.ts";

export const instancePanes: InstancePanes = {
  Console: ConsolePane,
  Network: NetworkPane,
  Trace: TracePane,
  Files: FilesPane,
};

export const screens: readonly [Screen, ...Screen[]] = [
  instances({ panes: instancePanes, empty: <DropZone /> }),
  consoles,
  images(FilesPane),
  networks,
  tasks,
  doctor,
  settings,
];

/** What the engine's events feed. */
export const slices = screens.flatMap((screen) => screen.slices ?? []);

/** The screen that is shown: the first one where there is none of the name that was remembered. */
export function useScreen(): Screen {
  const section = useView((view) => view.section);
  return screens.find((screen) => screen.section === section) ?? screens[0];
}
