/** The doctor: runs all checks at once and keeps the report until it is asked for a new one. */

import type { Check, DoctorReport } from "../../../shared/contract/doctor.ts";
import type { Hypervisors } from "../hypervisors/hypervisors.ts";
import type { KernelReleases } from "../kernels/releases.ts";
import type { Homes } from "../lib/homes.ts";
import type { BridgeHelper } from "../networks/bridge/helper.ts";
import { checkBridges } from "./bridge-checks.ts";
import { checkDiskSpace, checkHomes } from "./home-checks.ts";
import { checkRuntime, checkWindow } from "./host-checks.ts";
import { checkKernels, checkOps } from "./kernel-checks.ts";

export interface DoctorDeps {
  homes: Homes;
  kernels: Pick<KernelReleases, "list">;
  hypervisors: Pick<Hypervisors, "checks">;
  /** Where bridges can be made: on Linux. */
  bridgeHelper?: Pick<BridgeHelper, "report" | "way"> | undefined;
}

/** A check that takes longer says so instead of holding up the others. */
const LIMIT_MS = 1900;

type Finding = Omit<Check, "id" | "title">;
type NamedCheck = { id: string; title: string; look: (refresh: boolean) => Promise<Finding> };

export class Doctor {
  readonly #checks: readonly NamedCheck[];
  #report: Promise<DoctorReport> | undefined;

  constructor({ homes, kernels, hypervisors, bridgeHelper }: DoctorDeps) {
    this.#checks = [
      ...hypervisors.checks(),
      { id: "kernels", title: "Kernels", look: () => checkKernels(kernels) },
      { id: "homes", title: "Folders", look: () => checkHomes(homes) },
      { id: "disk", title: "Disk space", look: () => checkDiskSpace(homes) },
      { id: "runtime", title: "Runtime", look: () => checkRuntime() },
      { id: "browser", title: "Window", look: () => checkWindow() },
      ...(bridgeHelper ? [{ id: "bridges", title: "Bridges", look: () => checkBridges(bridgeHelper) }] : []),
      { id: "ops", title: "OPS", look: () => checkOps(homes) },
    ];
  }

  /** The last report, or a new one where there is none or `refresh` asks for it. */
  run({ refresh }: { refresh: boolean }): Promise<DoctorReport> {
    if (refresh || !this.#report) this.#report = this.#examine(refresh);
    return this.#report;
  }

  async #examine(refresh: boolean): Promise<DoctorReport> {
    const checks = await Promise.all(
      this.#checks.map(
        async ({ id, title, look }): Promise<Check> => ({
          id,
          title,
          ...(await within(LIMIT_MS, () => look(refresh))),
        }),
      ),
    );
    return { checkedAt: new Date().toISOString(), checks };
  }
}

async function within(limitMs: number, look: () => Promise<Finding>): Promise<Finding> {
  const late = Promise.withResolvers<Finding>();
  const timer = setTimeout(
    () => late.resolve({ state: "warning", found: `no answer within ${limitMs / 1000} s`, hint: "Try again." }),
    limitMs,
  );
  try {
    return await Promise.race([look(), late.promise]);
  } catch (error) {
    return { state: "failed", found: "the check itself failed", hint: "Please report this.", details: String(error) };
  } finally {
    clearTimeout(timer);
  }
}
