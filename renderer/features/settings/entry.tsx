/** The Settings screen, for the window. */

import { Settings } from "lucide-react";
import type { Screen } from "../../frame/screen.ts";
import { hypervisorsSlice, kernelsSlice, settingsSlice } from "../../model/engine.ts";
import { SettingsScreen } from "./screen.tsx";

export const settings: Screen = {
  section: "settings",
  title: "Settings",
  icon: Settings,
  atFoot: true,
  shortcut: "settings",
  Page: SettingsScreen,
  slices: [settingsSlice, kernelsSlice, hypervisorsSlice],
};
