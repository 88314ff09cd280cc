/** The Consoles screen, for the window. */

import { LayoutGrid } from "lucide-react";
import type { Screen } from "../../frame/screen.ts";
import { ConsoleGrid } from "./grid.tsx";

export const consoles: Screen = { section: "consoles", title: "Consoles", icon: LayoutGrid, Page: ConsoleGrid };
