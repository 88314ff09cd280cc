/** Kernel releases that an image can be built with. */

import { oc } from "@orpc/contract";
import { z } from "zod";

export const KernelRelease = z.object({
  /** What `--kernel` takes: `pith`, a version, or an absolute path. */
  id: z.string(),
  kind: z.enum(["pith", "nanos", "unknown"]),
  version: z.string(),
  path: z.string(),
  architecture: z.enum(["x86-64", "arm64"]),
  bundled: z.boolean(),
  kernelBytes: z.number().int().min(0),
  klibs: z.array(z.string()),
});
export type KernelRelease = z.infer<typeof KernelRelease>;

export const kernels = {
  list: oc.route({ method: "GET", path: "/kernels", summary: "List kernel releases" }).output(z.array(KernelRelease)),
};
