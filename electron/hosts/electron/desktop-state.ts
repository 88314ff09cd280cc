/** What the desktop application remembers between two runs, in `desktop/` of Unideck's home. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { defaultSettings, Settings } from "../../../shared/contract/settings.ts";
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

const Theme = z.object({ appearance: Settings.shape.appearance });

/** The theme of the settings, for a window that is opened before the engine has read them. */
export function storedTheme(home: string): Settings["appearance"]["theme"] {
  try {
    const settings = Theme.safeParse(parseJson(readFileSync(join(home, "settings.json"), "utf8"))).data;
    return settings?.appearance.theme ?? defaultSettings.appearance.theme;
  } catch {
    return defaultSettings.appearance.theme;
  }
}

export const writePlace = (home: string, place: WindowPlace) =>
  writeFileAtomically(placeFile(home), `${JSON.stringify(place)}\n`);
