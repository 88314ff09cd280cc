/** Downloads and imports of kernels that are under way, or ended badly. */

import type { Task } from "../../../shared/contract/tasks.ts";
import { progressWords } from "../../model/task-words.ts";
import { useTasks } from "../../model/tasks.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { ProblemNote } from "../../ui/note.tsx";
import { ProgressBar } from "../../ui/progress.tsx";

const SUBJECT = "kernel:";

/** The latest task about a release. */
export function useKernelTask(id: string): Task | undefined {
  return useTasks(({ all }) => latest(all.filter(({ subject }) => subject === SUBJECT + id)));
}

const latest = (tasks: readonly Task[]): Task | undefined =>
  tasks.reduce<Task | undefined>((last, task) => (last && last.startedAt > task.startedAt ? last : task), undefined);

export function KernelTasks() {
  const all = useTasks((slice) => slice.all);
  const subjects = [...new Set(all.flatMap(({ subject }) => (subject?.startsWith(SUBJECT) ? [subject] : [])))];
  const shown = subjects.flatMap((subject) => {
    const task = latest(all.filter((one) => one.subject === subject));
    return task && ["running", "failed", "interrupted"].includes(task.state) ? [task] : [];
  });
  return shown.map((task) => <KernelTask key={task.id} task={task} />);
}

function KernelTask({ task: { id, title, state, phase, progress, problem } }: { task: Task }) {
  const client = useClient();
  const retry = (
    <span className="flex gap-1">
      <Button look="bare" onClick={() => void attempt(() => client.tasks.dismiss({ id }))}>
        Dismiss
      </Button>
      <Button onClick={() => void attempt(() => client.tasks.retry({ id }))}>Try again</Button>
    </span>
  );
  if (state === "failed" && problem) return <ProblemNote problem={problem} action={retry} />;
  return (
    <section aria-label={title} className="flex flex-col gap-1.5 rounded-m border border-line px-3.5 py-2.5">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium">{title}</h3>
        <span className="ml-auto">
          {state === "running" ? (
            <Button look="bare" onClick={() => void attempt(() => client.tasks.cancel({ id }))}>
              Cancel
            </Button>
          ) : (
            retry
          )}
        </span>
      </div>
      {state === "running" && <ProgressBar label={phase} done={progress.done} total={progress.total} />}
      <p role="status" className="text-fg-2 text-s tabular-nums">
        {state === "running" ? `${phase} ${progressWords(progress)}` : "Interrupted. It resumes where it stopped."}
      </p>
    </section>
  );
}
