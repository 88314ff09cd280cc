/** Whether the engine can be reached just now. */

import { create } from "zustand";
import type { ProblemReport } from "../../shared/problem.ts";

interface ConnectionSlice {
  /** `connecting` until the first snapshot; `refused` is final until the page is loaded anew. */
  state: "connecting" | "connected" | "reconnecting" | "refused";
  problem: ProblemReport | undefined;
}

export const useConnection = create<ConnectionSlice>()(() => ({ state: "connecting", problem: undefined }));
