/** The doctor's latest report, asked for when the page begins and whenever a person wants it anew. */

import { create } from "zustand";
import type { DoctorReport } from "../../shared/contract/doctor.ts";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type { ProblemReport } from "../../shared/problem.ts";
import { problemOf } from "../platform/problem-of.ts";

interface DoctorSlice {
  isChecking: boolean;
  report: DoctorReport | undefined;
  problem: ProblemReport | undefined;
}

export const useDoctor = create<DoctorSlice>()(() => ({ isChecking: false, report: undefined, problem: undefined }));

/** `refresh` looks again where the engine has remembered something. */
export async function checkMachine(client: UnideckClient, refresh: boolean): Promise<void> {
  if (useDoctor.getState().isChecking) return;
  useDoctor.setState({ isChecking: true });
  try {
    useDoctor.setState({ report: await client.doctor.run({ refresh }), problem: undefined });
  } catch (error) {
    useDoctor.setState({ problem: problemOf(error) });
  } finally {
    useDoctor.setState({ isChecking: false });
  }
}
