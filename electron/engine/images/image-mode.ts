/** Who may read images: their owner alone, or every account of this computer where the settings say so. */

import type { Image } from "../../../shared/contract/images.ts";
import type { EventHub } from "../lib/event-hub.ts";
import { setMode } from "../lib/private-files.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import type { ImageStore } from "./store.ts";

export const imageMode = (isShared: boolean): number => (isShared ? 0o644 : 0o600);

/** Gives the images that Unideck has built these permissions. Those without a record of ours are OPS's, and stay as they are. */
export async function setImageModes(
  images: readonly Pick<Image, "path" | "build">[],
  isShared: boolean,
): Promise<void> {
  for (const { path, build } of images) if (build) await setMode(path, imageMode(isShared));
}

interface ImageModeDeps {
  images: Pick<ImageStore, "list">;
  settings: Pick<SettingsFile, "get">;
  events: EventHub;
  warn: (sentence: string) => void;
}

/** Gives images the permissions that the settings ask for, by `set` and whenever those change. */
export function keepImageModes({ images, settings, events, warn }: ImageModeDeps): {
  set(): void;
  close(): Promise<void>;
} {
  let isShared = settings.get().images.shared;
  let work = Promise.resolve();
  const set = () => {
    work = work
      .then(async () => setImageModes(await images.list(), isShared))
      .catch((error: unknown) => warn(`The permissions of images could not be set: ${String(error)}`));
  };
  const deafen = events.listen(({ settings: now }) => {
    if (!now || now.images.shared === isShared) return;
    isShared = now.images.shared;
    set();
  });
  return {
    set,
    close: async () => {
      deafen();
      await work;
    },
  };
}
