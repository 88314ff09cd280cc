/** Images: built, listed, deleted, and kept with the permissions that the settings ask for. */

import { access, constants } from "node:fs/promises";
import { basename, dirname, isAbsolute } from "node:path";
import { BuildSpec, ExportOrder } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import type { KernelReleases } from "../kernels/releases.ts";
import { type Calls, taskKind } from "../lib/domain-parts.ts";
import { expandHome } from "../lib/home-path.ts";
import type { World } from "../lib/world.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import type { TaskControl, TaskList, Worker } from "../tasks/task-list.ts";
import { buildImage } from "./build.ts";
import { freeNameFor } from "./claims.ts";
import type { ResolvedImage } from "./contents/contents.ts";
import { exportImage } from "./export.ts";
import { keepImageModes } from "./image-mode.ts";
import { withHostPaths } from "./paths.ts";
import { ImageStore } from "./store.ts";

interface Deps extends World {
  settings: SettingsFile;
  tasks: TaskList;
  kernels: KernelReleases;
}

/** What other domains do with images beyond those of the list. */
export interface ImageWork {
  /** Images of the image folder are known by their name, others by their path. Throws image.not-found. */
  resolve(nameOrPath: string): Promise<ResolvedImage>;
  build(spec: BuildSpec, control: TaskControl): Promise<{ image: string; path: string }>;
  /** The name that a build of this program would be given now. */
  freeName(program: string, fileName: string): Promise<string>;
}

/** How a task that builds this is called. */
export const titleOf = (spec: BuildSpec) => spec.name ?? basename(spec.program);

export function images({ homes, events, settings, tasks, kernels, machines, warn }: Deps) {
  const store = new ImageStore(homes, events);
  const modes = keepImageModes({ images: store, settings, events, warn });
  const imageWork: ImageWork = {
    resolve: async (nameOrPath) => {
      if (!isAbsolute(nameOrPath)) return store.get(nameOrPath);
      if (dirname(nameOrPath) === homes.images) return store.get(basename(nameOrPath));
      if (await isReadable(nameOrPath)) return { name: nameOrPath, path: nameOrPath };
      throw new Problem("image.not-found", `There is no image at ${nameOrPath}`, {
        hint: "Check the path, or build the image again.",
      });
    },
    build: async (spec, control) => {
      const kernel = spec.kernel ?? settings.get().kernels.default;
      const { name, path } = await buildImage(
        { ...spec, kernel },
        { homes, kernels, isShared: settings.get().images.shared },
        control,
      );
      return { image: name, path };
    },
    freeName: (program, fileName) => freeNameFor(homes, program, fileName),
  };
  const building =
    (spec: BuildSpec): Worker =>
    async (control) => {
      const built = await imageWork.build(spec, control);
      // The list shows the image before the task is done.
      await store.refreshIfKnown();
      return built;
    };
  const exporting =
    ({ image, ...order }: ExportOrder): Worker =>
    async (control) => {
      const { path } = await imageWork.resolve(image);
      await exportImage(path, order, control);
      return { path: order.out };
    };
  return {
    provides: { images: store, imageWork },
    calls: {
      images: {
        list: () => store.list(),
        get: ({ name }) => (isAbsolute(name) ? store.describeFile(name) : store.get(name)),
        build: (asked) => {
          const spec = withHostPaths(asked);
          return tasks.start("build", `Build ${titleOf(spec)}`, building(spec), { input: spec });
        },
        export: (asked) => {
          const order = { ...asked, out: expandHome(asked.out) };
          if (!isAbsolute(order.out))
            throw new Problem("args.invalid", `“${asked.out}” is not an absolute path`, {
              hint: "Give the absolute path of the file.",
            });
          return tasks.start("export", `Export ${basename(order.image)} as ${order.format}`, exporting(order), {
            input: order,
          });
        },
        remove: async ({ name, force }) => {
          const isInUse = machines.alive().some(({ image }) => image === name);
          await store.remove(name, { force, isInUse });
          return { name };
        },
      },
    } satisfies Calls<"images">,
    tell: async () => ({ images: await store.list() }),
    tasks: [taskKind("build", BuildSpec, building), taskKind("export", ExportOrder, exporting)],
    settle: () => modes.set(),
    close: async () => {
      await modes.close();
      await store.close();
    },
  };
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
