/** Files that were opened lately, for the menu "Open Recent": the latest first, in `desktop/recent.json` of Unideck's home. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../../engine/lib/atomic-file.ts";
import { parseJson } from "../../engine/lib/parse-json.ts";
import { desktopFolder } from "./desktop-state.ts";

const MOST = 10;
const Stored = z.array(z.string().max(4096)).transform((paths) => paths.slice(0, MOST));
const fileIn = (home: string) => join(desktopFolder(home), "recent.json");

export class RecentFiles {
  readonly #home: string;
  #paths: readonly string[];

  constructor(home: string) {
    this.#home = home;
    this.#paths = read(home);
  }

  list(): readonly string[] {
    return this.#paths;
  }

  /** Puts a file first. */
  add(path: string): Promise<void> {
    return this.#set([path, ...this.#paths.filter((one) => one !== path)].slice(0, MOST));
  }

  clear(): Promise<void> {
    return this.#set([]);
  }

  #set(paths: readonly string[]): Promise<void> {
    this.#paths = paths;
    return writeFileAtomically(fileIn(this.#home), `${JSON.stringify(paths)}\n`, 0o600);
  }
}

function read(home: string): readonly string[] {
  try {
    return Stored.safeParse(parseJson(readFileSync(fileIn(home), "utf8"))).data ?? [];
  } catch {
    return [];
  }
}
