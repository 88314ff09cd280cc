/** Kernel releases: what an image can be built with, and where more of them come from. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { ProblemReportSchema, problems } from "../problem-schema.ts";
import { mirrorWhole } from "./mirror.ts";
import { Task } from "./tasks.ts";

export const KernelRelease = z.object({
  /** What `--kernel` takes: `pith`, a version, or an absolute path. */
  id: z.string(),
  kind: z.enum(["pith", "nanos", "unknown"]),
  version: z.string(),
  path: z.string(),
  architecture: z.enum(["x86-64", "arm64"]),
  bundled: z.boolean(),
  kernelBytes: z.number().int().min(0),
  /** Modules that an image can be given (`klibs/`). */
  klibs: z.array(z.string()),
  /** Of the archive that it was installed from, where we did that. */
  sha256: z.string().optional(),
  /** Address or path of that archive. */
  from: z.string().optional(),
});
export type KernelRelease = z.infer<typeof KernelRelease>;

/** What may be downloaded: what the release site tells, and what was downloaded before. */
export const KernelCatalogue = z.object({
  /** Of the release site, from the settings. */
  address: z.string(),
  releases: z.array(
    z.object({
      id: z.string(),
      isNewest: z.boolean(),
      isInstalled: z.boolean(),
      /** Of its first download on the host: a later one has to be the same. */
      sha256: z.string().optional(),
    }),
  ),
  /** Why the site could not be asked; then the list is what is known without it. */
  problem: ProblemReportSchema.optional(),
});
export type KernelCatalogue = z.infer<typeof KernelCatalogue>;

const KernelInput = z.object({ id: z.string().min(1) });
const noRelease = ["kernel.not-found", "kernel.not-built", "kernel.damaged"] as const;

const calls = {
  list: oc.route({ method: "GET", path: "/kernels", summary: "List kernel releases" }).output(z.array(KernelRelease)),
  /** A release by its id, which may be the absolute path of any folder. */
  get: oc
    .route({ method: "POST", path: "/kernels/get", summary: "Show one kernel release" })
    .input(KernelInput)
    .output(KernelRelease)
    .errors(problems(...noRelease)),
  available: oc
    .route({ method: "GET", path: "/kernels/available", summary: "List kernel releases that can be downloaded" })
    .output(KernelCatalogue),
  /** Starts a download and answers at once; the task that is already at it, where there is one. `latest` is the newest. */
  download: oc
    .route({ method: "POST", path: "/kernels/download", summary: "Download a Nanos release" })
    .input(z.object({ version: z.string().min(1) }))
    .output(Task)
    .errors(
      problems(
        ...(["args.invalid", "engine.busy", "kernel.exists"] as const),
        ...(["download.changed", "download.failed", "download.not-found"] as const),
        ...(["download.too-large", "download.unreachable"] as const),
        ...(["archive.damaged", "archive.too-large", "archive.unsafe", "disk.full", "disk.write-failed"] as const),
      ),
    ),
  /** Starts to install a release from an archive on the engine's machine; without a version its name tells it. */
  import: oc
    .route({ method: "POST", path: "/kernels/import", summary: "Install a kernel release from a tar archive" })
    .input(z.object({ path: z.string().min(1), version: z.string().min(1).optional() }))
    .output(Task)
    .errors(
      problems(
        ...(["args.invalid", "engine.busy", "kernel.exists"] as const),
        ...(["file.not-found", "file.unreadable", "file.unsupported", "file.empty"] as const),
        ...(["archive.damaged", "archive.too-large", "archive.unsafe", "disk.full", "disk.write-failed"] as const),
      ),
    ),
  remove: oc
    .route({ method: "DELETE", path: "/kernels/{id}", summary: "Delete an installed kernel release" })
    .input(KernelInput)
    .output(KernelInput)
    .errors(problems("args.invalid", "engine.busy", "kernel.not-found", "disk.write-failed")),
  setDefault: oc
    .route({ method: "POST", path: "/kernels/default", summary: "Set the default kernel" })
    .input(KernelInput)
    .output(KernelInput)
    .errors(problems(...noRelease, "settings.invalid", "disk.full", "disk.write-failed")),
};

export const kernels = { calls, mirror: mirrorWhole(z.array(KernelRelease)) };
