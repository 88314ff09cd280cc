/** How a command fails: one sentence and what to do on standard error, or the same as JSON; never a stack for a problem. */

import { isProblemCode, Problem, type ProblemReport } from "../../shared/problem.ts";
import { visible, visibleJson, visibleLines } from "../../shared/visible-text.ts";

/** `noReader`: as a shell tells the end by SIGPIPE, when who reads the output has left. */
export const ExitCode = { failed: 1, usage: 2, interrupted: 130, noReader: 141 } as const;

/** A command that ends with a code of its own, having said what there was to say. */
export class ExitWith extends Error {
  override readonly name = "ExitWith";
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** The problem of a task that failed, to be thrown. */
export function problemFrom(report: ProblemReport | undefined): Problem {
  if (report && isProblemCode(report.code)) return new Problem(report.code, report.message, report);
  return new Problem("engine.bug", "The task failed without an error message");
}

/** What goes to standard error. */
export function formatFailure(report: ProblemReport, json: boolean): string {
  if (json) return `${visibleJson({ error: report })}\n`;
  const details = report.details && report.details.length <= 4000 ? report.details : undefined;
  return [
    `error: ${visible(report.message)}`,
    report.hint && `hint: ${visible(report.hint)}`,
    details && visibleLines(details).replace(/^/gm, "  "),
  ]
    .filter((line) => line)
    .join("\n")
    .concat("\n");
}
