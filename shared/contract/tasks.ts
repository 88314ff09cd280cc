/** Tasks: long work with a number, a cancel and an outcome. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { ProblemReportSchema, problems } from "../problem-schema.ts";
import { mirrorList } from "./mirror.ts";

export const TaskState = z.enum(["running", "done", "failed", "cancelled", "interrupted"]);

export const Task = z.object({
  id: z.string(),
  /** Which work it is, such as `build`: each domain has kinds of its own. */
  kind: z.string(),
  title: z.string(),
  /** What it is about, where something may be busy with one task: `kernel:0.1.54`. */
  subject: z.string().optional(),
  state: TaskState,
  /** What is being done now, in words: "Copying files". */
  phase: z.string(),
  progress: z.object({
    done: z.number().min(0),
    /** 0 while the whole is not known. */
    total: z.number().min(0),
    unit: z.enum(["bytes", "steps"]),
  }),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** Lines a person may want to read afterwards: warnings, what was added. */
  output: z.array(z.string()),
  problem: ProblemReportSchema.optional(),
  /** What came of it. */
  result: z
    .object({
      image: z.string().optional(),
      /** Path of the image file. */
      path: z.string().optional(),
      instance: z.string().optional(),
      /** Id of a kernel release. */
      kernel: z.string().optional(),
      /** Id of a container image. */
      container: z.string().optional(),
    })
    .optional(),
});
export type Task = z.infer<typeof Task>;

const TaskInput = z.object({ id: z.string() });

const calls = {
  list: oc.route({ method: "GET", path: "/tasks", summary: "List tasks" }).output(z.array(Task)),
  /** The task as it changes; ends with the task's last state. */
  follow: oc
    .route({ method: "GET", path: "/tasks/{id}/follow", summary: "Follow a task to its end (server-sent events)" })
    .input(TaskInput)
    .output(eventIterator(Task))
    .errors(problems("task.not-found")),
  cancel: oc
    .route({ method: "POST", path: "/tasks/{id}/cancel", summary: "Cancel a task" })
    .input(TaskInput)
    .output(Task)
    .errors(problems("task.not-found")),
  /** Does the same again, as a new task. */
  retry: oc
    .route({ method: "POST", path: "/tasks/{id}/retry", summary: "Retry a failed task" })
    .input(TaskInput)
    .output(Task)
    .errors(problems("task.not-found", "engine.busy")),
  /** Takes an ended task off the list. */
  dismiss: oc
    .route({ method: "DELETE", path: "/tasks/{id}", summary: "Dismiss a finished task" })
    .input(TaskInput)
    .output(z.object({ id: z.string() }))
    .errors(problems("task.not-found", "engine.busy")),
};

export const tasks = { calls, mirror: mirrorList(Task, ({ id }) => id) };
