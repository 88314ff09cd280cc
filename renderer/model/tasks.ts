/** Tasks, the newest first. */

import type { Task } from "../../shared/contract/tasks.ts";
import { createCollection, listSlice } from "./collection.ts";

export const useTasks = createCollection<Task>(
  (task) => task.id,
  (a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? 1 : -1),
);

export const tasksSlice = listSlice(useTasks, ({ tasks }) => tasks);
