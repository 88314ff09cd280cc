/** Everything that can be done, by name: what the palette lists, in groups. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import type { Command } from "../frame/screen.ts";
import { trySample } from "../model/draft/run.ts";
import { useBuild } from "../model/draft/session.ts";
import { useView } from "../model/view.ts";
import { attempt } from "../platform/attempt.ts";
import { keysOf } from "../platform/shortcuts.ts";
import { screens } from "./screens.tsx";

export interface CommandGroup {
  title: string;
  commands: readonly Command[];
}

/** Of this moment; groups without a command are left out. */
export function commandGroups(client: UnideckClient, openShortcuts: () => void): CommandGroup[] {
  const theme = (name: "system" | "light" | "dark") => () =>
    void attempt(() => client.settings.change({ appearance: { theme: name } }));
  const general: Command[] = [
    { id: "new", label: "Build a program…", keys: keysOf("new"), run: () => useBuild.getState().choose() },
    { id: "sample", label: "Try the sample", run: () => void trySample(client) },
    ...screens.map(({ section, title, shortcut }) => ({
      id: section,
      label: `Go to ${title}`,
      ...(shortcut && { keys: keysOf(shortcut) }),
      run: () => useView.getState().show(section),
    })),
    { id: "theme-light", label: "Light appearance", run: theme("light") },
    { id: "theme-dark", label: "Dark appearance", run: theme("dark") },
    { id: "theme-system", label: "System appearance", run: theme("system") },
    ...screens.flatMap(({ commands }) => commands?.(client) ?? []),
    { id: "shortcuts", label: "Keyboard shortcuts", keys: keysOf("shortcuts"), run: openShortcuts },
  ];
  const groups = [
    { title: "Commands", commands: general },
    ...screens.map(({ title, objectCommands }) => ({ title, commands: objectCommands?.(client) ?? [] })),
  ];
  return groups.filter(({ commands }) => commands.length > 0);
}
