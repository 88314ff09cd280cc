/** A form that asks for a place on the engine's computer, and follows the task that writes there. */

import { type FormEvent, type ReactNode, useState } from "react";
import type { Task } from "../../shared/contract/tasks.ts";
import type { ProblemReport } from "../../shared/problem.ts";
import { progressWords } from "../model/task-words.ts";
import { useTasks } from "../model/tasks.ts";
import { useClient } from "../platform/client.tsx";
import { problemOf } from "../platform/problem-of.ts";
import { Button } from "../ui/button.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { Note, ProblemNote } from "../ui/note.tsx";
import { ProgressBar } from "../ui/progress.tsx";
import { Tick } from "../ui/tick.tsx";

interface WriteFormProps {
  hint: string;
  placeholder: string;
  /** The button that starts it, what it is doing then, and the button that cancels it. */
  words: { start: string; doing: string; stop: string; replace: string };
  /** Starts the task. */
  start: (to: string, force: boolean) => Promise<Task>;
  onClose: () => void;
  /** Fields above the place. */
  children?: (isRunning: boolean) => ReactNode;
}

export function WriteForm({ hint, placeholder, words, start, onClose, children }: WriteFormProps) {
  const client = useClient();
  const [to, setTo] = useState("");
  const [force, setForce] = useState(false);
  const [problem, setProblem] = useState<ProblemReport>();
  const [taskId, setTaskId] = useState<string>();
  const task = useTasks(({ all }) => all.find(({ id }) => id === taskId));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    try {
      setTaskId((await start(to.trim(), force)).id);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const failed = problem ?? (task?.state === "failed" ? task.problem : undefined);
  const isRunning = task?.state === "running";
  return (
    <form className="flex flex-col gap-3 overflow-y-auto px-5 pt-1 pb-5" onSubmit={(event) => void submit(event)}>
      {children?.(isRunning)}
      <Field label="To" hint={hint}>
        {(tied) => (
          <TextInput
            {...tied}
            mono
            autoFocus
            placeholder={placeholder}
            value={to}
            disabled={isRunning}
            onChange={({ target }) => setTo(target.value)}
          />
        )}
      </Field>
      <Tick isOn={force} onChange={setForce} disabled={isRunning}>
        {words.replace}
      </Tick>
      {failed && <ProblemNote problem={failed} />}
      {isRunning && (
        <>
          <ProgressBar label={words.doing} {...task.progress} />
          <p role="status" className="text-fg-3 text-s tabular-nums">
            {task.phase} {progressWords(task.progress)}
          </p>
        </>
      )}
      {task?.state === "done" && <Note tone="plain" title={`It is at ${task.result?.path ?? to}`} />}
      <div className="flex justify-end gap-2">
        {isRunning && <Button onClick={() => void client.tasks.cancel({ id: task.id })}>{words.stop}</Button>}
        <Button onClick={onClose}>{task && !failed ? "Close" : "Cancel"}</Button>
        {task?.state !== "done" && (
          <Button type="submit" look="main" disabled={isRunning || !/^~?\//.test(to.trim())}>
            {words.start}
          </Button>
        )}
      </div>
    </form>
  );
}
