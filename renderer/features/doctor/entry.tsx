/** The Doctor screen, for the window. */

import { Activity } from "lucide-react";
import type { Screen } from "../../frame/screen.ts";
import { DoctorScreen } from "./screen.tsx";

export const doctor: Screen = {
  section: "doctor",
  title: "Doctor",
  icon: Activity,
  atFoot: true,
  shortcut: "doctor",
  Page: DoctorScreen,
};
