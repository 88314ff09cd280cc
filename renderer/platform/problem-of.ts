/** Whatever was thrown, as something that can be shown. */

import { ORPCError } from "@orpc/client";
import { Problem, type ProblemReport, problemOnWire, reportOf } from "../../shared/problem.ts";

export function problemOf(error: unknown): ProblemReport {
  if (error instanceof Problem) return error.report();
  const problem = problemOnWire(error);
  if (problem) return problem.report();
  if (error instanceof ORPCError && error.code === "BAD_REQUEST") {
    return {
      code: "args.invalid",
      message: "The engine rejected the request",
      hint: "Check the fields; the details say which one.",
      details: JSON.stringify(error.data, null, 2),
    };
  }
  return reportOf(error);
}

/** A problem as plain text, for the clipboard. */
export function reportText(problem: ProblemReport): string {
  return [problem.message, problem.hint, `Code: ${problem.code}`, problem.details]
    .filter((line) => line !== undefined && line !== "")
    .join("\n\n");
}
