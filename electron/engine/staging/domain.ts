/** Uploads: programs that come as bytes. */

import type { Calls } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import { Staging } from "./staging.ts";

interface Deps extends World {
  settings: SettingsFile;
}

export function staging({ homes, settings }: Deps) {
  const uploads = new Staging(homes, () => settings.get().limits.stagedUploadBytes);
  return {
    calls: {
      staging: {
        begin: (wish) => uploads.begin(wish),
        append: ({ id, offset, bytes }) => uploads.append(id, offset, Buffer.from(bytes, "base64")),
        finish: ({ id }) => uploads.finish(id),
        discard: async ({ id }) => {
          await uploads.discard(id);
          return { id };
        },
      },
    } satisfies Calls<"staging">,
    open: () => uploads.clean(),
  };
}
