/** The settings. They are open before any domain is, for they say where the homes are. */

import type { Calls } from "../lib/domain-parts.ts";
import { expandHome } from "../lib/home-path.ts";
import type { SettingsFile } from "./settings-file.ts";

export function settings({ settings: file }: { settings: SettingsFile }) {
  return {
    calls: {
      settings: {
        get: () => file.get(),
        change: ({ homes, ...others }) =>
          file.change({ ...others, homes: homes && { ...homes, ops: homes.ops && expandHome(homes.ops) } }),
      },
    } satisfies Calls<"settings">,
    tell: () => ({ settings: file.get() }),
  };
}
