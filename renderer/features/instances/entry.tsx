/** The Instances screen, for the window. */

import { Play } from "lucide-react";
import type { ReactNode } from "react";
import type { InstancePanes } from "../../frame/panes.ts";
import { countBadge, type Screen } from "../../frame/screen.ts";
import { instancesSlice, useInstances } from "../../model/instances.ts";
import { instanceCommands } from "./commands.ts";
import { InstancesScreen } from "./screen.tsx";

interface Parts {
  panes: InstancePanes;
  /** Stands there while there is no instance. */
  empty: ReactNode;
}

export const instances = ({ panes, empty }: Parts): Screen => ({
  section: "instances",
  title: "Instances",
  icon: Play,
  shortcut: "instances",
  useEntry: () => ({ badge: countBadge(useInstances(({ all }) => all.length)) }),
  Page: () => <InstancesScreen panes={panes} empty={empty} />,
  slices: [instancesSlice],
  objectCommands: instanceCommands,
});
