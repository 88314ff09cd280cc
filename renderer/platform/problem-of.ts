/** Whatever was thrown, as something that can be shown. */

import { ORPCError } from "@orpc/client";
import { ProblemData } from "../../shared/contract/problems.ts";
import { isProblemCode, Problem, type ProblemReport } from "../../shared/problem.ts";

export function problemOf(error: unknown): ProblemReport {
  if (error instanceof Problem) return error.report();
  if (error instanceof ORPCError) {
    const data = ProblemData.safeParse(error.data);
    if (isProblemCode(error.code)) return { code: error.code, message: error.message, ...(data.data ?? {}) };
    if (error.code === "BAD_REQUEST") {
      return {
        code: "args.invalid",
        message: "The engine rejected the request",
        hint: "Check the fields; the details say which one.",
        details: JSON.stringify(error.data, null, 2),
      };
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: "engine.bug",
    message: `Something went wrong inside Unideck: ${message}`,
    hint: "Copy the report and file an issue.",
    details: error instanceof Error ? error.stack : undefined,
  };
}

/** A problem as plain text, for the clipboard. */
export function reportText(problem: ProblemReport): string {
  return [problem.message, problem.hint, `Code: ${problem.code}`, problem.details]
    .filter((line) => line !== undefined && line !== "")
    .join("\n\n");
}
