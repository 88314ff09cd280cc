/** Problems in the contract: their schema and the error map of a call. Apart from problem.ts, because it needs zod. */

import { z } from "zod";
import { isProblemCode, type ProblemCode, type ProblemReport, problemStatus } from "./problem.ts";

/** What accompanies the code and message of an error. */
export const ProblemData = z.object({ hint: z.string().optional(), details: z.string().optional() });

const problemCodes = Object.keys(problemStatus).filter(isProblemCode);

export const ProblemReportSchema: z.ZodType<ProblemReport> = ProblemData.extend({
  code: z.enum(problemCodes),
  message: z.string(),
});

type ErrorMap<Code extends ProblemCode> = Record<Code, { status: number; data: typeof ProblemData }>;

/** The error map of a call that may answer with these codes. */
export function problems<const Code extends ProblemCode>(...codes: Code[]): ErrorMap<Code> {
  const map: Partial<ErrorMap<Code>> = {};
  for (const code of codes) map[code] = { status: problemStatus[code], data: ProblemData };
  return map as ErrorMap<Code>;
}
