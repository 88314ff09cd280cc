/** The Tasks screen, for the window. */

import { ListChecks, LoaderCircle } from "lucide-react";
import type { EntryState, Screen } from "../../frame/screen.ts";
import { tasksSlice, useTasks } from "../../model/tasks.ts";
import { count } from "../../ui/format.ts";
import { TasksScreen } from "./screen.tsx";

/** How many tasks run, and how far they are together where that is known. */
function useEntry(): EntryState {
  const all = useTasks((slice) => slice.all);
  const running = all.filter(({ state }) => state === "running");
  if (running.length === 0) return {};
  const known = running.filter(({ progress }) => progress.total > 0);
  const part = known.reduce((sum, { progress }) => sum + progress.done / progress.total, 0);
  const badge = known.length > 0 ? `${Math.floor((part / known.length) * 100)}%` : undefined;
  return { badge, title: count(running.length, "task"), icon: LoaderCircle, turns: true };
}

export const tasks: Screen = {
  section: "tasks",
  title: "Tasks",
  icon: ListChecks,
  atFoot: true,
  useEntry,
  Page: TasksScreen,
  slices: [tasksSlice],
};
