/** What the desktop application remembers between two runs, in `desktop/` of Unideck's home. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../../engine/lib/atomic-file.ts";
import { parseJson } from "../../engine/lib/parse-json.ts";
import type { WindowPlace } from "./window-place.ts";

export const desktopFolder = (home: string) => join(home, "desktop");
const placeFile = (home: string) => join(desktopFolder(home), "window.json");

/** As it stands in the file: what it is, `placeToOpen` finds out. */
export function readPlace(home: string): unknown {
  try {
    return parseJson(readFileSync(placeFile(home), "utf8"));
  } catch {
    return undefined;
  }
}

export const writePlace = (home: string, place: WindowPlace) =>
  writeFileAtomically(placeFile(home), `${JSON.stringify(place)}\n`);
