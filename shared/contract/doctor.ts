/** The doctor: whether this machine has what Unideck needs, and what to do where it hasn't. */

import { oc } from "@orpc/contract";
import { z } from "zod";

export const Check = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(["ok", "warning", "failed"]),
  /** What was found, one line. */
  found: z.string(),
  /** What to do about it, where there is something to do. */
  hint: z.string().optional(),
  /** A command that mends it, to be copied. */
  command: z.string().optional(),
  details: z.string().optional(),
});
export type Check = z.infer<typeof Check>;

export const DoctorReport = z.object({ checkedAt: z.iso.datetime(), checks: z.array(Check) });
export type DoctorReport = z.infer<typeof DoctorReport>;

const calls = {
  run: oc
    .route({ method: "POST", path: "/doctor", summary: "Check this computer" })
    .input(z.object({ refresh: z.boolean().default(false) }).prefault({}))
    .output(DoctorReport),
};

export const doctor = { calls };
