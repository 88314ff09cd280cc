/** Asks where to copy something of an image to, on the engine's machine; the copy is a task. */

import { type FormEvent, useState } from "react";
import type { ProblemReport } from "../../../shared/problem.ts";
import { progressWords } from "../../model/task-words.ts";
import { useTasks } from "../../model/tasks.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { Note, ProblemNote } from "../../ui/note.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { Tick } from "../../ui/tick.tsx";
import type { Place } from "./use-folders.ts";

interface CopyOutDialogProps {
  place: Place;
  /** Undefined: closed. */
  path: string | undefined;
  onClose: () => void;
}

export function CopyOutDialog({ path, ...rest }: CopyOutDialogProps) {
  return (
    <Dialog open={path !== undefined} onClose={rest.onClose} title={`Copy ${path === "/" ? "everything" : path} out`}>
      {path !== undefined && <Form path={path} {...rest} />}
    </Dialog>
  );
}

function Form({ place: { image, partition }, path, onClose }: CopyOutDialogProps & { path: string }) {
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
      setTaskId((await client.imageContents.copyOut({ image, partition, paths: [path], to: to.trim(), force })).id);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const failed = problem ?? (task?.state === "failed" ? task.problem : undefined);
  const isRunning = task?.state === "running";
  return (
    <form className="flex flex-col gap-3 overflow-y-auto px-5 pt-1 pb-5" onSubmit={(event) => void submit(event)}>
      <Field label="To" hint="A folder on the computer that runs Unideck, or a new name in one.">
        {(tied) => (
          <TextInput
            {...tied}
            mono
            autoFocus
            placeholder="/home/me/copied"
            value={to}
            disabled={isRunning}
            onChange={({ target }) => setTo(target.value)}
          />
        )}
      </Field>
      <Tick isOn={force} onChange={setForce} disabled={isRunning}>
        Replace existing files
      </Tick>
      {failed && <ProblemNote problem={failed} />}
      {isRunning && (
        <>
          <ProgressBar label="Copying" {...task.progress} />
          <p role="status" className="text-fg-3 text-s tabular-nums">
            {task.phase} {progressWords(task.progress)}
          </p>
        </>
      )}
      {task?.state === "done" && <Note tone="plain" title={`It is at ${task.result?.path ?? to}`} />}
      <div className="flex justify-end gap-2">
        {isRunning && <Button onClick={() => void client.tasks.cancel({ id: task.id })}>Stop copying</Button>}
        <Button onClick={onClose}>{task && !failed ? "Close" : "Cancel"}</Button>
        {task?.state !== "done" && (
          <Button type="submit" look="main" disabled={isRunning || !/^~?\//.test(to.trim())}>
            Copy
          </Button>
        )}
      </div>
    </form>
  );
}
