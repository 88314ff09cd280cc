/** Tasks: what runs and what ran, newest first; only what can be seen is in the page. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { Task } from "../../../shared/contract/tasks.ts";
import { progressWords, taskTones } from "../../model/task-words.ts";
import { useTasks } from "../../model/tasks.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { copyText } from "../../platform/clipboard.ts";
import { Button } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { Fold } from "../../ui/fold.tsx";
import { formatAgo, formatSpan } from "../../ui/format.ts";
import { type MenuAction, PointerMenu } from "../../ui/menu.tsx";
import { ProblemNote } from "../../ui/note.tsx";
import { Nothing, PaneHead } from "../../ui/pane.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { StateChip } from "../../ui/state-mark.tsx";

/** A task that is over and went well; others are measured. */
const USUAL_HEIGHT_PX = 58;

export function TasksScreen() {
  const client = useClient();
  const { loaded, all } = useTasks();
  const ended = all.filter(({ state }) => state !== "running");
  const clear = () => attempt(() => Promise.all(ended.map(({ id }) => client.tasks.dismiss({ id }))));
  return (
    <section aria-label="Tasks" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <PaneHead>
        <h1>Tasks</h1>
        {ended.length > 0 && (
          <Button className="ml-auto" onClick={() => void clear()}>
            Clear finished
          </Button>
        )}
      </PaneHead>
      {!loaded && <Nothing>Loading…</Nothing>}
      {loaded && all.length === 0 && <Nothing>No tasks. Builds and downloads appear here with their output.</Nothing>}
      {all.length > 0 && <TaskList tasks={all} />}
    </section>
  );
}

function TaskList({ tasks }: { tasks: readonly Task[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => USUAL_HEIGHT_PX,
    getItemKey: (index) => tasks[index]?.id ?? index,
    overscan: 6,
  });
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
      <ul aria-label="Tasks" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const task = tasks[index];
          if (!task) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={tasks.length}
              aria-posinset={index + 1}
              aria-label={task.title}
              style={{ transform: `translateY(${start}px)` }}
              className="absolute inset-x-0 top-0 border-line border-b py-3 pr-3 pl-4"
            >
              <TaskRow task={task} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** What can be done with a task: its buttons, and the menu of its row. */
function useTaskActions({ id, state, title, output, result }: Task): MenuAction[] {
  const client = useClient();
  const { openInstance, openImage } = useView.getState();
  const { instance, image } = result ?? {};
  const isRunning = state === "running";
  const act = (work: () => Promise<unknown>) => () => void attempt(work);
  return [
    ...(instance !== undefined ? [{ label: "Show instance", run: () => openInstance(instance) }] : []),
    ...(instance === undefined && image !== undefined ? [{ label: "Show image", run: () => openImage(image) }] : []),
    ...(isRunning ? [{ label: "Cancel", run: act(() => client.tasks.cancel({ id })) }] : []),
    ...(!isRunning && state !== "done" ? [{ label: "Retry", run: act(() => client.tasks.retry({ id })) }] : []),
    ...(!isRunning ? [{ label: "Dismiss", run: act(() => client.tasks.dismiss({ id })) }] : []),
    { label: "Copy output", run: act(() => copyText([title, ...output].join("\n"))), disabled: output.length === 0 },
  ];
}

/** Of the menu alone. */
const MENU_ONLY = "Copy output";

function TaskRow({ task }: { task: Task }) {
  const now = useNow();
  const actions = useTaskActions(task);
  const { state, title, phase, progress, problem, output, startedAt, endedAt } = task;
  const isRunning = state === "running";
  const took = (endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt);
  return (
    <PointerMenu label={`Actions for ${title}`} actions={() => actions}>
      <div className="flex flex-col gap-2">
        <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="truncate text-m">{title}</h2>
          <StateChip tone={taskTones[state]}>{state}</StateChip>
          <span className="text-fg-3 text-s tabular-nums">
            {isRunning
              ? formatSpan(took)
              : `took ${formatSpan(took)} · ${formatAgo(Date.parse(endedAt ?? startedAt), now)}`}
          </span>
          <div className="ml-auto flex gap-2">
            {actions
              .filter(({ label }) => label !== MENU_ONLY)
              .map(({ label, run }) => (
                <Button key={label} look={label === "Dismiss" ? "bare" : undefined} onClick={run}>
                  {label}
                </Button>
              ))}
          </div>
        </div>
        {isRunning && (
          <>
            <ProgressBar label={phase} done={progress.done} total={progress.total} />
            <p className="text-fg-2 text-s tabular-nums">
              {phase} <span className="text-fg-3">{progressWords(progress)}</span>
            </p>
          </>
        )}
        {problem && <ProblemNote problem={problem} />}
        {output.length > 0 && (
          <Fold label="Output">
            <pre className="max-h-60 overflow-auto whitespace-pre-wrap text-xs select-text">{output.join("\n")}</pre>
          </Fold>
        )}
      </div>
    </PointerMenu>
  );
}
