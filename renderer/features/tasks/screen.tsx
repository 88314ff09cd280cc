/** Tasks: what runs and what ran, newest first. */

import type { Task } from "../../../shared/contract/tasks.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useTasks } from "../../store/tasks.ts";
import { Button } from "../../ui/button.tsx";
import { Fold } from "../../ui/fold.tsx";
import { ProblemNote } from "../../ui/note.tsx";
import { Nothing, PaneHead } from "../../ui/pane.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { StateChip, type Tone } from "../../ui/state-mark.tsx";

const tones: Record<Task["state"], Tone> = {
  running: "busy",
  done: "ok",
  failed: "bad",
  cancelled: "off",
  interrupted: "off",
};

export function TasksScreen() {
  const { loaded, all } = useTasks();
  return (
    <section aria-label="Tasks" className="flex min-h-0 flex-1 flex-col">
      <PaneHead>
        <h1>Tasks</h1>
      </PaneHead>
      {loaded && all.length === 0 && <Nothing>Nothing has been built yet.</Nothing>}
      <ul aria-label="Tasks" className="flex flex-col gap-2 overflow-y-auto p-5">
        {all.map((task) => (
          <TaskRow key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function TaskRow({ task }: { task: Task }) {
  const client = useClient();
  const { id, state, title, phase, progress, problem, output } = task;
  const isRunning = state === "running";
  return (
    <li className="flex flex-col gap-2 rounded-m border border-line p-3">
      <div className="flex items-center gap-2">
        <h2 className="truncate font-semibold">{title}</h2>
        <StateChip tone={tones[state]}>{state}</StateChip>
        <div className="ml-auto flex gap-2">
          {isRunning && <Button onClick={() => void attempt(() => client.tasks.cancel({ id }))}>Cancel</Button>}
          {!isRunning && state !== "done" && (
            <Button onClick={() => void attempt(() => client.tasks.retry({ id }))}>Retry</Button>
          )}
          {!isRunning && <Button onClick={() => void attempt(() => client.tasks.dismiss({ id }))}>Dismiss</Button>}
        </div>
      </div>
      {isRunning && <ProgressBar label={phase} done={progress.done} total={progress.total} />}
      {isRunning && <p className="text-fg-2 text-s">{phase}</p>}
      {problem && <ProblemNote problem={problem} />}
      {output.length > 0 && (
        <Fold label="Output">
          <pre className="max-h-60 overflow-auto whitespace-pre-wrap text-xs">{output.join("\n")}</pre>
        </Fold>
      )}
    </li>
  );
}
