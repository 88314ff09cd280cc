/** Whether there is a place to write to, and room in it. */

import { access, constants, mkdir, statfs } from "node:fs/promises";
import type { Check } from "../../../shared/contract/doctor.ts";
import { shellLine } from "../../../shared/shell-words.ts";
import type { Homes } from "../lib/homes.ts";

type Finding = Omit<Check, "id" | "title">;

/** Below this a build may not fit any more. */
const LITTLE_ROOM_BYTES = 2 * 2 ** 30;
const NO_ROOM_BYTES = 100 * 2 ** 20;

export async function checkHomes(homes: Pick<Homes, "images" | "unideck">): Promise<Finding> {
  const folders = [homes.images, homes.unideck];
  const refused = await Promise.all(
    folders.map(async (folder) => {
      try {
        await mkdir(folder, { recursive: true, mode: folder === homes.unideck ? 0o700 : 0o755 });
        await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
        return [];
      } catch (error) {
        return [{ folder, reason: String(error) }];
      }
    }),
  );
  const [first] = refused.flat();
  if (!first) return { state: "ok", found: `${homes.images} and ${homes.unideck} can be written` };
  return {
    state: "failed",
    found: `${first.folder} can't be written`,
    hint: "Change the owner to your account, or choose other folders with OPS_HOME and UNIDECK_HOME.",
    command: `sudo chown -R "$USER" ${shellLine([first.folder])}`,
    details: first.reason,
  };
}

export async function checkDiskSpace({ unideck, images }: Pick<Homes, "unideck" | "images">): Promise<Finding> {
  await mkdir(unideck, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(unideck);
  const freeBytes = bavail * bsize;
  const found = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free at ${unideck}`;
  if (freeBytes >= LITTLE_ROOM_BYTES) return { state: "ok", found };
  return {
    state: freeBytes < NO_ROOM_BYTES ? "failed" : "warning",
    found,
    hint: "Delete images and instances that are no longer needed, or move Unideck's folders to another disk.",
    // Shows what takes the room; what may go is for a person to say.
    command: `du -xh --max-depth=2 ${shellLine([unideck, images])} | sort -h | tail`,
  };
}
