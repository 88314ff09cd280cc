/** Updates: whether there is a newer version of Unideck. Nothing is ever installed. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";

export const UpdateReport = z.object({
  /** The version that runs. */
  current: z.string(),
  /** The newest version, where that is newer than this one. */
  newer: z
    .object({
      version: z.string(),
      /** Where it can be read about and downloaded. */
      url: z.string().optional(),
    })
    .optional(),
  /** Nothing was asked, because the setting `updates.address` is empty. */
  isOff: z.boolean(),
});
export type UpdateReport = z.infer<typeof UpdateReport>;

const calls = {
  check: oc
    .route({ method: "POST", path: "/updates/check", summary: "Check for a newer version of Unideck" })
    .output(UpdateReport)
    .errors(problems("download.failed", "download.not-found", "download.unreachable")),
};

export const updates = { calls };
