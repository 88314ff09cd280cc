/** How problems cross the contract: each call names the codes it can answer with. */

import { z } from "zod";
import { isProblemCode, type ProblemCode, problemStatus } from "../problem.ts";

/** What stands beside code and message of an error. */
export const ProblemData = z.object({ hint: z.string().optional(), details: z.string().optional() });

const problemCodes = Object.keys(problemStatus).filter(isProblemCode);

export const ProblemReport = z.object({
  code: z.enum(problemCodes),
  message: z.string(),
  hint: z.string().optional(),
  details: z.string().optional(),
});

type ErrorMap<Code extends ProblemCode> = Record<Code, { status: number; data: typeof ProblemData }>;

/** The error map of a call that may answer with these codes. */
export function problems<const Code extends ProblemCode>(...codes: Code[]): ErrorMap<Code> {
  const map: Partial<ErrorMap<Code>> = {};
  for (const code of codes) map[code] = { status: problemStatus[code], data: ProblemData };
  return map as ErrorMap<Code>;
}
