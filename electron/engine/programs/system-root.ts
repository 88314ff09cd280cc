/** The root of a system on the host: its own, or a folder (a sysroot) whose links mean places in that folder. */

import { readlink, stat } from "node:fs/promises";
import { join, normalize } from "node:path";

/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

export interface SystemRoot {
  /** Where a path of the system would be on the host. */
  place(path: string): string;
  /** Where it leads, links followed; undefined where it leads nowhere. */
  find(path: string): Promise<string | undefined>;
}

/** Links of the host are followed when the path is opened. */
export const thisSystem: SystemRoot = { place: (path) => path, find: async (path) => path };

export function systemIn(folder: string): SystemRoot {
  const find = async (path: string) => {
    const left = normalize(path).split("/").reverse();
    let at = "";
    let links = 0;
    for (let part = left.pop(); part !== undefined; part = left.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
        continue;
      }
      const target = await readlink(join(folder, at, part)).catch(() => undefined);
      if (target === undefined) {
        at = `${at}/${part}`;
        continue;
      }
      if (++links > MAX_LINKS) return undefined;
      if (target.startsWith("/")) at = "";
      left.push(...target.split("/").reverse());
    }
    const place = join(folder, at);
    return (await stat(place).catch(() => undefined)) ? place : undefined;
  };
  return { place: (path) => join(folder, path), find };
}
