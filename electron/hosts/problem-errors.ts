/** Problems on the wire: an oRPC error with the problem's code, sentence, status, and its hint and details as data. */

import { ORPCError } from "@orpc/client";
import { ValidationError } from "@orpc/contract";
import type { z } from "zod";
import type { ProblemData } from "../../shared/contract/problems.ts";
import { isProblemCode, Problem, problemStatus } from "../../shared/problem.ts";

type WireError = ORPCError<string, z.infer<typeof ProblemData>>;

export function wireError(problem: Problem): WireError {
  return new ORPCError(problem.code, {
    status: problemStatus[problem.code],
    message: problem.message,
    data: { hint: problem.hint, details: problem.details },
    cause: problem,
  });
}

/** What a client gets for an error that is no problem: nothing about the inside. */
export function bugError(): WireError {
  return wireError(
    new Problem("engine.bug", "Something went wrong inside Unideck", {
      hint: "Please report this, with the last lines of logs/engine.log in Unideck's home.",
    }),
  );
}

/** The problem that an error stands for, on either side of the wire; undefined where it stands for none. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof ORPCError)) return undefined;
  if (error.cause instanceof ValidationError && error.code === "BAD_REQUEST") return invalidInput(error.cause);
  if (!isProblemCode(error.code)) return undefined;
  const { hint, details }: Record<string, unknown> = error.data ?? {};
  return new Problem(error.code, error.message, {
    hint: textOrNothing(hint),
    details: textOrNothing(details),
    cause: error,
  });
}

/** By hand: a command that calls an engine in another process loads no schemas. */
const textOrNothing = (value: unknown) => (typeof value === "string" ? value : undefined);

/** What is wrong with a call's input, one line a field. */
function invalidInput(error: ValidationError): Problem {
  const lines = error.issues.slice(0, 20).map(({ message, path = [] }) => {
    const field = path.map((part) => (typeof part === "object" ? part.key : part)).join(".");
    return field ? `${field}: ${message}` : message;
  });
  return new Problem("args.invalid", `The call can't be understood: ${lines[0] ?? "its input is not valid"}`, {
    details: lines.length > 1 ? lines.join("\n") : undefined,
  });
}
