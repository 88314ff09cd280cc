/** Tasks. The list is there before any domain is; as the last one opened it is the first one closed, so that work ends first. */

import type { Calls } from "../lib/domain-parts.ts";
import type { TaskList } from "./task-list.ts";

export function tasks({ tasks: list }: { tasks: TaskList }) {
  return {
    calls: {
      tasks: {
        list: () => list.list(),
        follow: ({ id }, signal) => list.follow(id, signal),
        cancel: ({ id }) => list.cancel(id),
        retry: ({ id }) => list.retry(id),
        dismiss: ({ id }) => {
          list.dismiss(id);
          return { id };
        },
      },
    } satisfies Calls<"tasks">,
    tell: () => ({ tasks: list.list() }),
    close: () => list.close(),
  };
}
