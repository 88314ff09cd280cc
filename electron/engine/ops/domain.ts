/** Configurations of OPS, and projects that are guessed to be like them. */

import type { Calls } from "../lib/domain-parts.ts";
import { expandHome } from "../lib/home-path.ts";
import type { World } from "../lib/world.ts";
import { openConfiguration } from "./open.ts";

export function configurations({ homes }: World) {
  return {
    calls: {
      configurations: { open: (asked) => openConfiguration({ ...asked, path: expandHome(asked.path) }, homes) },
    } satisfies Calls<"configurations">,
  };
}
