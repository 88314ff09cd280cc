/** Who may read images: their owner alone, or every account of this computer where the settings say so. */

import type { Image } from "../../../shared/contract/images.ts";
import { setMode } from "../lib/private-files.ts";

export const imageMode = (isShared: boolean): number => (isShared ? 0o644 : 0o600);

/** Gives the images that Unideck has built these permissions. Those without a record of ours are OPS's, and stay as they are. */
export async function setImageModes(
  images: readonly Pick<Image, "path" | "build">[],
  isShared: boolean,
): Promise<void> {
  for (const { path, build } of images) if (build) await setMode(path, imageMode(isShared));
}
