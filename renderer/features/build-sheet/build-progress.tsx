/** A build on its way: phase, numbers, time, and a way to give it up. */

import { useBuild } from "../../model/draft/session.ts";
import { progressWords } from "../../model/task-words.ts";
import { useTasks } from "../../model/tasks.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { formatSpan } from "../../ui/format.ts";
import { ProgressBar } from "../../ui/progress.tsx";

export function BuildProgress() {
  const client = useClient();
  const now = useNow();
  const id = useBuild(({ taskId }) => taskId);
  const task = useTasks(({ byKey }) => (id === undefined ? undefined : byKey[id]));
  if (!task) return <p role="status">Starting…</p>;
  const { done, total } = task.progress;
  const elapsedMs = now - Date.parse(task.startedAt);
  return (
    <section aria-label="Progress" className="flex flex-col gap-2">
      <div className="flex gap-3">
        <p role="status" className="font-semibold">
          {task.phase}
        </p>
        <span className="ml-auto text-fg-3 tabular-nums">
          {[progressWords(task.progress), elapsedMs >= 1000 && formatSpan(elapsedMs)].filter(Boolean).join(" · ")}
        </span>
      </div>
      <ProgressBar label={task.phase} done={done} total={total} />
      <Button className="mt-1 self-start" onClick={() => void attempt(() => client.tasks.cancel({ id: task.id }))}>
        Cancel
      </Button>
    </section>
  );
}
