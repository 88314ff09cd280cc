/** The folders of a guest's file system that were opened, as their entries come from the engine. */

import { useCallback, useEffect, useRef, useState } from "react";
import type { ImageEntry, Partition } from "../../../shared/contract/image-contents.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import type { Folder, Folders } from "./rows.ts";

/** So many entries of one folder are shown. */
export const MOST_ENTRIES = 50_000;
/** Entries come by the hundred: the page is drawn anew this often. */
const DRAW_EVERY_MS = 100;

/** Where files are looked at: which disk, which of its file systems, and at which of its states. */
export interface Place {
  /** As the engine names it: an image's name, `instance:ID`, or a path. */
  image: string;
  partition: Partition;
  /** Another number is another state: all is read anew. */
  revision: number;
}

/** `load` asks for a folder that is not there yet; the root is there from the beginning. */
export function useFolders({ image, partition, revision }: Place): { folders: Folders; load: (path: string) => void } {
  const client = useClient();
  const [folders, setFolders] = useState<Folders>({});
  const asked = useRef({ paths: new Set<string>(), gone: new AbortController() });

  const load = useCallback(
    (path: string) => {
      const { paths, gone } = asked.current;
      if (paths.has(path)) return;
      paths.add(path);
      const put = (folder: Folder) => {
        if (!gone.signal.aborted) setFolders((now) => ({ ...now, [path]: folder }));
      };
      const entries: ImageEntry[] = [];
      let drawnAt = 0;
      const read = async () => {
        let leftOut = 0;
        put({ entries: [], state: "loading", leftOut });
        const order = { image, partition, path, recursive: false };
        for await (const portion of await client.imageContents.files(order, { signal: gone.signal })) {
          const room = MOST_ENTRIES - entries.length;
          entries.push(...portion.slice(0, room));
          leftOut += Math.max(0, portion.length - room);
          if (performance.now() - drawnAt < DRAW_EVERY_MS) continue;
          drawnAt = performance.now();
          put({ entries: [...entries], state: "loading", leftOut });
        }
        put({ entries, state: "done", leftOut });
      };
      read().catch((error: unknown) => {
        paths.delete(path);
        put({ entries: [...entries], state: "failed", leftOut: 0, problem: problemOf(error) });
      });
    },
    [client, image, partition],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision is read anew
  useEffect(() => {
    const gone = new AbortController();
    asked.current = { paths: new Set(), gone };
    setFolders({});
    load("/");
    return () => gone.abort();
  }, [load, revision]);

  return { folders, load };
}
