/** What is worth a notification of the desktop while nobody looks at the window. Pure. */

import type { Instance } from "../../../shared/contract/instances.ts";
import type { Task } from "../../../shared/contract/tasks.ts";
import { isAlive, isStopped } from "../../../shared/instance-state.ts";
import { type EngineState, nothingKnown } from "./engine-watch.ts";

export interface DesktopNotice {
  title: string;
  body: string;
  /** What a click shows. */
  instance?: string;
}

/** A task that took this long may have been left alone. */
const LONG_TASK_MS = 10_000;

/** What has happened between two states. Nothing has before the first one. */
export function noticesBetween(before: EngineState, now: EngineState): DesktopNotice[] {
  if (before === nothingKnown) return [];
  const ended = [...now.instances.values()].flatMap((instance) => {
    const was = before.instances.get(instance.id);
    // However an end came about that was asked for, nobody needs to hear of it.
    return was && isAlive(was) && was.state !== "stopping" && !isAlive(instance) ? (noticeOfEnd(instance) ?? []) : [];
  });
  const done = [...now.tasks.values()].flatMap((task) =>
    before.tasks.get(task.id)?.state === "running" ? (noticeOfTask(task) ?? []) : [],
  );
  return [...ended, ...done];
}

function noticeOfEnd({ id, name, exit, state }: Instance): DesktopNotice | undefined {
  if (exit && (isStopped(exit) || (exit.code === 0 && !exit.signal && state === "exited"))) return undefined;
  const how = exit?.signal ?? (exit?.code === undefined ? exit?.reason : `exit code ${exit.code}`);
  return { title: `${name} ended`, body: how ?? "It ended unexpectedly.", instance: id };
}

function noticeOfTask({ title, state, startedAt, endedAt, problem, result }: Task): DesktopNotice | undefined {
  if (state !== "done" && state !== "failed") return undefined;
  if (!endedAt || Date.parse(endedAt) - Date.parse(startedAt) < LONG_TASK_MS) return undefined;
  return {
    title: state === "done" ? `Finished: ${title}` : `Failed: ${title}`,
    body: problem?.message ?? "",
    ...(result?.instance && { instance: result.instance }),
  };
}
