/** Container images: pulled, unpacked, and read for what a unikernel made from them needs. */

import { ContainerPull } from "../../../shared/contract/containers.ts";
import { type Calls, taskKind } from "../lib/domain-parts.ts";
import { expandHome } from "../lib/home-path.ts";
import type { World } from "../lib/world.ts";
import type { TaskList, Worker } from "../tasks/task-list.ts";

interface Needs extends World {
  tasks: TaskList;
}

export function containers({ homes, tasks, warn }: Needs) {
  // Most commands have nothing to do with containers, and do not wait for this code to load.
  const load = async () => {
    const { ContainerStore } = await import("./store.ts");
    return new ContainerStore(homes.containers);
  };
  let loading: ReturnType<typeof load> | undefined;
  const store = () => {
    loading ??= load();
    return loading;
  };
  const pulling =
    (asked: ContainerPull): Worker =>
    async (control) => ({ container: await (await store()).pull(asked, control) });
  return {
    calls: {
      containers: {
        list: async () => (await store()).list(),
        pull: (input) => {
          const asked = { ...input, reference: expandHome(input.reference) };
          return tasks.start("pull", `Pull ${asked.reference}`, pulling(asked), { input: asked });
        },
        open: async ({ id, ...asked }) => {
          const [images, { meaningOf }] = await Promise.all([store(), import("./translate.ts")]);
          return await meaningOf(images.rootOf(id), await images.get(id), asked);
        },
        remove: async ({ id }) => {
          await (await store()).remove(id);
          return { id };
        },
      },
    } satisfies Calls<"containers">,
    tasks: [taskKind("pull", ContainerPull, pulling)],
    settle: () => {
      const cleaning = store().then((images) => images.clean());
      cleaning.catch((error: unknown) => warn(`Unfinished pulls could not be removed: ${String(error)}`));
    },
  };
}
