/** Calls about tasks, as the engine of component tests answers them. */

import { Problem } from "../../shared/problem.ts";
import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function taskCalls({ tasks: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  const find = (id: string) => {
    const task = world.tasks.find((one) => one.id === id);
    if (!task) throw new Problem("task.not-found", `There is no task ${id}`);
    return task;
  };
  return {
    list: os.list.handler(() => world.tasks),
    follow: os.follow.handler(async function* ({ input }) {
      yield find(input.id);
    }),
    cancel: os.cancel.handler(({ input }) => ({ ...find(input.id), state: "cancelled" as const })),
    retry: os.retry.handler(({ input }) => find(input.id)),
    dismiss: os.dismiss.handler(({ input: { id } }) => {
      world.tasks = world.tasks.filter((task) => task.id !== id);
      engine.tell({ tasks: { upsert: [], remove: [id] } });
      return { id };
    }),
  };
}
