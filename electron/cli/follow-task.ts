/** Follows a task to its end: progress on a terminal, notes, and its problem thrown. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import type { Task } from "../../shared/contract/tasks.ts";
import { problemFrom } from "./failure.ts";
import { formatBytes, replaceLine, writeLine } from "./output.ts";

interface Progress {
  /** Where progress is shown. */
  terminal: NodeJS.WriteStream;
  quiet: boolean;
}

type Result = NonNullable<Task["result"]>;

/** The task's result. Ctrl-C cancels it. Throws the task's problem. */
export async function followTask(client: UnideckClient, task: Task, { terminal, quiet }: Progress): Promise<Result> {
  const showsProgress = terminal.isTTY && !quiet;
  const cancel = () => void client.tasks.cancel({ id: task.id }).catch(() => undefined);
  process.on("SIGINT", cancel);
  process.on("SIGTERM", cancel);
  let last = task;
  try {
    for await (const state of await client.tasks.follow({ id: task.id })) {
      last = state;
      if (showsProgress) replaceLine(terminal, formatProgress(state));
    }
  } finally {
    if (showsProgress) replaceLine(terminal, "");
    process.off("SIGINT", cancel);
    process.off("SIGTERM", cancel);
  }
  if (!quiet) for (const line of last.output) writeLine(`note: ${line}`, terminal);
  if (last.state !== "done" || !last.result) throw problemFrom(last.problem);
  return last.result;
}

export function formatProgress({ title, phase, progress: { done, total, unit } }: Task): string {
  if (total === 0) return `${title}: ${phase} …`;
  const number = unit === "bytes" ? `${formatBytes(done)} of ${formatBytes(total)}` : `${done} of ${total}`;
  return `${title}: ${phase}, ${number}`;
}
