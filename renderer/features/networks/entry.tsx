/** The Networks screen, for the window. */

import { Network } from "lucide-react";
import { lazy } from "react";
import { countBadge, type Screen } from "../../frame/screen.ts";
import { bridgesSlice, useBridges } from "../../model/bridges.ts";
import { networksSlice, useNetworks } from "../../model/networks.ts";
import { networkObjectCommands, newNetworkCommands } from "./commands.ts";

export const networks: Screen = {
  section: "networks",
  title: "Networks",
  icon: Network,
  shortcut: "networks",
  useEntry: () => ({
    badge: countBadge(useNetworks(({ all }) => all.length) + useBridges(({ all }) => all.length)),
  }),
  // With its map it is as large as all the rest: it comes when it is first looked at.
  Page: lazy(() => import("./screen.tsx")),
  slices: [networksSlice, bridgesSlice],
  commands: newNetworkCommands,
  objectCommands: networkObjectCommands,
};
