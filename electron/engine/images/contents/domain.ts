/** What is inside of images and of the disks of instances. */

import { basename } from "node:path";
import { CopyOrder } from "../../../../shared/contract/image-contents.ts";
import { type Calls, taskKind } from "../../lib/domain-parts.ts";
import { expandHome } from "../../lib/home-path.ts";
import type { World } from "../../lib/world.ts";
import type { TaskList, Worker } from "../../tasks/task-list.ts";
import type { ImageWork } from "../domain.ts";
import { ImageContents } from "./contents.ts";

interface Deps extends World {
  tasks: TaskList;
  imageWork: ImageWork;
  instances: { get(id: string): { name: string }; diskOf(id: string): string };
}

export function imageContents({ resources, tasks, imageWork, instances }: Deps) {
  const contents = new ImageContents(async (reference) => {
    const id = /^instance:(.*)$/s.exec(reference)?.[1];
    if (id === undefined) return await imageWork.resolve(reference);
    return { name: instances.get(id).name, path: instances.diskOf(id) };
  }, resources.version);
  const copying =
    (order: CopyOrder): Worker =>
    (control) =>
      contents.copyOut(order, control);
  return {
    calls: {
      imageContents: {
        show: ({ image }, signal) => contents.show(image, signal),
        digest: ({ image }, signal) => contents.digest(image, signal),
        sbom: async ({ image }) => ({ ...(await contents.sbom(image)) }),
        files: (asked) => contents.files(asked),
        space: (asked) => contents.space(asked),
        read: (asked) => contents.read(asked),
        copyOut: (asked) => {
          const order = { ...asked, to: expandHome(asked.to) };
          const what = order.paths.length === 1 ? order.paths[0] : `${order.paths.length} things`;
          const title = `Copy ${what} out of ${basename(order.image)}`;
          return tasks.start("copy", title, copying(order), { input: order });
        },
        check: ({ image }) => contents.check(image),
      },
    } satisfies Calls<"imageContents">,
    tasks: [taskKind("copy", CopyOrder, copying)],
  };
}
