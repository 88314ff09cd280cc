/** Kernel releases: those that are here, and how more of them come and go. */

import { type Calls, taskKind } from "../lib/domain-parts.ts";
import { expandHome } from "../lib/home-path.ts";
import { cleanWorkFolders } from "../lib/work-folder.ts";
import type { World } from "../lib/world.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import type { TaskList } from "../tasks/task-list.ts";
import { restoreReplaced } from "./put-release.ts";
import { KernelDownload, KernelImport, ReleaseStore } from "./release-store.ts";
import { KernelReleases } from "./releases.ts";

interface Deps extends World {
  settings: SettingsFile;
  tasks: TaskList;
}

export function kernels({ homes, resources, events, settings, tasks }: Deps) {
  const releases = new KernelReleases(homes, resources.pith);
  const store = new ReleaseStore({ homes, kernels: releases, tasks, settings, events });
  return {
    provides: { kernels: releases },
    calls: {
      kernels: {
        list: () => releases.list(),
        get: ({ id }) => releases.resolve(expandHome(id)),
        available: () => store.available(),
        download: ({ version }) => store.download(version),
        import: ({ path, version }) => store.import(expandHome(path), version),
        remove: async ({ id }) => {
          await store.remove(id);
          return { id };
        },
        setDefault: async ({ id }) => {
          await store.setDefault(id);
          return { id };
        },
      },
    } satisfies Calls<"kernels">,
    tell: async () => ({ kernels: await releases.list() }),
    tasks: [
      taskKind("download", KernelDownload, (asked) => store.downloading(asked)),
      taskKind("import", KernelImport, (asked) => store.importing(asked)),
    ],
    open: async () => {
      await cleanWorkFolders(homes.opsStaging, (folder) => restoreReplaced(homes.ops, folder));
      await store.clean();
    },
  };
}
