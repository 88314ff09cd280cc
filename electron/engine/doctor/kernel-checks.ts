/** Which kernels there are, and whether OPS is beside us. */

import { access } from "node:fs/promises";
import type { Check } from "../../../shared/contract/doctor.ts";
import type { KernelReleases } from "../kernels/releases.ts";
import { findProgram } from "../lib/find-program.ts";
import type { Homes } from "../lib/homes.ts";

type Finding = Omit<Check, "id" | "title">;

export async function checkKernels(kernels: Pick<KernelReleases, "list">): Promise<Finding> {
  const releases = await kernels.list();
  const found = releases.map(({ kind, version }) => (kind === "unknown" ? version : `${kind} ${version}`)).join(", ");
  if (releases.some(({ bundled }) => bundled)) return { state: "ok", found };
  return {
    state: "failed",
    found: found ? `${found}, but not the bundled Pith` : "none",
    hint: "The bundled kernel is not built.",
    command: "make -C kernel",
  };
}

/** OPS is no requirement: this says whether its folder is shared. */
export async function checkOps({ ops }: Pick<Homes, "ops">): Promise<Finding> {
  const path = await findProgram("ops");
  const hasHome = await access(ops).then(
    () => true,
    () => false,
  );
  if (path) return { state: "ok", found: `${path}; images are shared through ${ops}` };
  return {
    state: "ok",
    found: hasHome ? `not installed; ${ops} is ready to be shared with it` : "not installed (optional)",
  };
}
