/** Whether a file will find room, asked before it is begun. */

import { statfs } from "node:fs/promises";
import { Problem } from "../../../shared/problem.ts";

/** Throws disk.full where the file system of `folder` has less than `sizeBytes` to give. */
export async function refuseIfFull(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < sizeBytes)
    throw new Problem("disk.full", `There is not enough space for ${sizeBytes} bytes`, {
      hint: "Free some space, or put the homes on another disk (OPS_HOME, UNIDECK_HOME).",
      details: `on the file system of ${folder}`,
    });
}
