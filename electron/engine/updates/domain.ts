/** Updates of Unideck itself: announced, never installed. */

import type { Calls } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import { checkForUpdate } from "./updates.ts";

interface Deps extends World {
  settings: SettingsFile;
}

export function updates({ resources, settings }: Deps) {
  return {
    calls: {
      updates: { check: () => checkForUpdate(resources.version, settings.get().updates.address) },
    } satisfies Calls<"updates">,
  };
}
