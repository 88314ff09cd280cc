/**
 * Notices that files grow, without spinning however fast they do: each file is watched for one event at a time, and
 * again only after a pause. Where watching is impossible (no inotify watches left, network file systems) a slow poll
 * remains, which also covers events that the system drops.
 */

import { type FSWatcher, watch } from "node:fs";

/** The pause after an event: what grows quickly is looked at this often. Short enough for typing to feel direct. */
const PAUSE_MS = 8;
const POLL_MS = 1000;

/**
 * Calls `changed` soon after any of `paths` has changed (and sometimes when none has), until the returned function is
 * called. The files must exist. `changed` must not throw.
 */
export function watchGrowth(paths: string[], changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  const pauses = new Set<NodeJS.Timeout>();
  let closed = false;

  const arm = (path: string): void => {
    try {
      const watcher = watch(path, { persistent: false });
      watchers.set(path, watcher);
      const fired = (): void => {
        if (watchers.get(path) !== watcher) return;
        watchers.delete(path);
        watcher.close();
        const pause = setTimeout(() => {
          pauses.delete(pause);
          if (closed) return;
          arm(path);
          // What came during the pause was seen by nobody.
          changed();
        }, PAUSE_MS);
        pauses.add(pause);
        changed();
      };
      watcher.on("change", fired);
      watcher.on("error", () => watcher.close());
    } catch {
      // The poll below carries on alone.
    }
  };

  for (const path of paths) arm(path);
  const poll = setInterval(changed, POLL_MS);
  poll.unref();
  return () => {
    closed = true;
    clearInterval(poll);
    for (const pause of pauses) clearTimeout(pause);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}
