/** What the window knows of a screen: each gives this in its `entry.tsx`, and the window goes through the list of them. */

import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type { Slice } from "../model/collection.ts";
import type { Shortcut } from "../platform/shortcuts.ts";

/** Something that can be done, by name: what the palette lists. */
export interface Command {
  id: string;
  /** What it does, in words that are searched. */
  label: string;
  /** Said beside it. */
  note?: string;
  keys?: string;
  run: () => void;
}

/** How a screen's entry in the sidebar looks at the moment. */
export interface EntryState {
  badge?: string | undefined;
  /** In place of the title and the icon. */
  title?: string;
  icon?: LucideIcon;
  turns?: boolean;
}

export interface Screen {
  /** What it is called by the view, which remembers it. */
  section: string;
  title: string;
  icon: LucideIcon;
  /** Whether it stands at the foot of the sidebar. */
  atFoot?: boolean;
  /** A hook. */
  useEntry?: () => EntryState;
  /** The key that shows it. */
  shortcut?: Shortcut["id"];
  Page: ComponentType;
  /** What it keeps in step with the engine. */
  slices?: readonly Slice[];
  /** What can be begun from anywhere. */
  commands?: (client: UnideckClient) => Command[];
  /** What can be done with each thing of this screen; the palette has them under the screen's title. */
  objectCommands?: (client: UnideckClient) => Command[];
}

/** Objects beyond these are found in their own lists, which have a search of their own. */
export const MOST_OBJECTS = 200;

/** The badge of a number of things. */
export const countBadge = (count: number) => (count > 0 ? String(count) : undefined);
